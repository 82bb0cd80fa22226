-- The shared tables as the Python service's migrations create them. The defaults
-- are in its code, so the columns have none, except es_superadmin, which was added
-- to a table with rows.

CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE empresas (
    id UUID NOT NULL,
    nombre VARCHAR(200) NOT NULL,
    email VARCHAR(254) NOT NULL,
    password_hash VARCHAR(255) NOT NULL,
    ciudad VARCHAR(100),
    herramientas_activas JSONB NOT NULL,
    configuracion JSONB NOT NULL,
    activa BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (email)
);

CREATE TABLE usuarios (
    id UUID NOT NULL,
    empresa_id UUID NOT NULL,
    email VARCHAR(254) NOT NULL,
    password_hash VARCHAR(255) NOT NULL,
    rol VARCHAR(20) NOT NULL,
    activo BOOLEAN NOT NULL,
    password_changed_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(empresa_id) REFERENCES empresas (id) ON DELETE CASCADE,
    UNIQUE (email)
);

CREATE TABLE configuracion_pms (
    id UUID NOT NULL,
    empresa_id UUID NOT NULL,
    proveedor VARCHAR(50) NOT NULL,
    api_key_cifrada TEXT,
    endpoint VARCHAR(500),
    activo BOOLEAN NOT NULL,
    ultimo_sync TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(empresa_id) REFERENCES empresas (id) ON DELETE CASCADE,
    UNIQUE (empresa_id)
);

CREATE TABLE configuracion_ia (
    id UUID NOT NULL,
    empresa_id UUID NOT NULL,
    proveedor VARCHAR(50) NOT NULL,
    api_key_cifrada TEXT,
    modelo VARCHAR(100),
    activo BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(empresa_id) REFERENCES empresas (id) ON DELETE CASCADE,
    UNIQUE (empresa_id)
);

CREATE TABLE integraciones_google (
    id UUID NOT NULL,
    empresa_id UUID NOT NULL,
    access_token_cifrado TEXT,
    refresh_token_cifrado TEXT NOT NULL,
    token_expiry TIMESTAMP WITH TIME ZONE,
    alcance TEXT NOT NULL,
    activo BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(empresa_id) REFERENCES empresas (id) ON DELETE CASCADE,
    UNIQUE (empresa_id)
);

ALTER TABLE usuarios ADD COLUMN es_superadmin BOOLEAN DEFAULT false NOT NULL;
