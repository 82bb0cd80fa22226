-- The tables that this service shares with the Python service. They are created
-- only in an empty database and never altered.

create table public.empresas (
    id                   uuid primary key default gen_random_uuid(),
    nombre               varchar(200) not null,
    email                varchar(254) not null unique,
    password_hash        varchar(255) not null,
    ciudad               varchar(100),
    herramientas_activas jsonb not null default '{}',
    configuracion        jsonb not null default '{}',
    activa               boolean not null default true,
    created_at           timestamptz not null default now(),
    updated_at           timestamptz not null default now()
);

create table public.usuarios (
    id                  uuid primary key default gen_random_uuid(),
    empresa_id          uuid not null references public.empresas (id) on delete cascade,
    email               varchar(254) not null unique,
    password_hash       varchar(255) not null,
    rol                 varchar(20) not null check (rol in ('admin', 'operativo')),
    activo              boolean not null default true,
    password_changed_at timestamptz,
    es_superadmin       boolean not null default false,
    created_at          timestamptz not null default now(),
    updated_at          timestamptz not null default now()
);
create index usuarios_empresa_id on public.usuarios (empresa_id);

create table public.configuracion_pms (
    id              uuid primary key default gen_random_uuid(),
    empresa_id      uuid not null unique references public.empresas (id) on delete cascade,
    proveedor       varchar(50) not null,
    api_key_cifrada text,
    endpoint        varchar(500),
    activo          boolean not null default true,
    ultimo_sync     timestamptz,
    created_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now()
);

create table public.configuracion_ia (
    id              uuid primary key default gen_random_uuid(),
    empresa_id      uuid not null unique references public.empresas (id) on delete cascade,
    proveedor       varchar(50) not null default 'default',
    api_key_cifrada text,
    modelo          varchar(100),
    activo          boolean not null default true,
    created_at      timestamptz not null default now(),
    updated_at      timestamptz not null default now()
);

create table public.integraciones_google (
    id                    uuid primary key default gen_random_uuid(),
    empresa_id            uuid not null unique references public.empresas (id) on delete cascade,
    access_token_cifrado  text,
    refresh_token_cifrado text not null,
    token_expiry          timestamptz,
    alcance               text not null,
    activo                boolean not null default true,
    created_at            timestamptz not null default now(),
    updated_at            timestamptz not null default now()
);
