package db_test

import (
	"strings"
	"testing"

	"github.com/stay-sidekick/profile-server/test/support/testdb"
)

func TestEmptyDatabaseGetsTheSharedTablesWithDefaults(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Empty)
	logged := mustMigrate(t, d.Pool)
	if !strings.Contains(logged, "level=WARN") || !strings.Contains(logged, "the Python service can no longer be set up on it") {
		t.Errorf("logged %q", logged)
	}
	got := testdb.Value[string](t, d.Pool, `
		select string_agg(line, E'\n' order by line) from (
			select concat_ws(' ', c.relname || '.' || a.attname, format_type(a.atttypid, a.atttypmod),
				case when not a.attnotnull then 'null' end, pg_get_expr(d.adbin, d.adrelid)) as line
			from pg_class c
			join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
			left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
			where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
		) as columns`)
	if want := strings.TrimSpace(sharedColumns); got != want {
		t.Errorf("got\n%s\n\nwant\n%s", got, want)
	}
}

// sharedColumns lists every column with its type, "null" when it is nullable, and its
// default.
const sharedColumns = `
configuracion_ia.activo boolean true
configuracion_ia.api_key_cifrada text null
configuracion_ia.created_at timestamp with time zone now()
configuracion_ia.empresa_id uuid
configuracion_ia.id uuid gen_random_uuid()
configuracion_ia.modelo character varying(100) null
configuracion_ia.proveedor character varying(50) 'default'::character varying
configuracion_ia.updated_at timestamp with time zone now()
configuracion_pms.activo boolean true
configuracion_pms.api_key_cifrada text null
configuracion_pms.created_at timestamp with time zone now()
configuracion_pms.empresa_id uuid
configuracion_pms.endpoint character varying(500) null
configuracion_pms.id uuid gen_random_uuid()
configuracion_pms.proveedor character varying(50)
configuracion_pms.ultimo_sync timestamp with time zone null
configuracion_pms.updated_at timestamp with time zone now()
empresas.activa boolean true
empresas.ciudad character varying(100) null
empresas.configuracion jsonb '{}'::jsonb
empresas.created_at timestamp with time zone now()
empresas.email character varying(254)
empresas.herramientas_activas jsonb '{}'::jsonb
empresas.id uuid gen_random_uuid()
empresas.nombre character varying(200)
empresas.password_hash character varying(255)
empresas.updated_at timestamp with time zone now()
integraciones_google.access_token_cifrado text null
integraciones_google.activo boolean true
integraciones_google.alcance text
integraciones_google.created_at timestamp with time zone now()
integraciones_google.empresa_id uuid
integraciones_google.id uuid gen_random_uuid()
integraciones_google.refresh_token_cifrado text
integraciones_google.token_expiry timestamp with time zone null
integraciones_google.updated_at timestamp with time zone now()
usuarios.activo boolean true
usuarios.created_at timestamp with time zone now()
usuarios.email character varying(254)
usuarios.empresa_id uuid
usuarios.es_superadmin boolean false
usuarios.id uuid gen_random_uuid()
usuarios.password_changed_at timestamp with time zone null
usuarios.password_hash character varying(255)
usuarios.rol character varying(20)
usuarios.updated_at timestamp with time zone now()
`

func TestEmptyDatabaseGetsTheConstraintsOfTheSharedTables(t *testing.T) {
	t.Parallel()
	d := testdb.New(t, testdb.Empty)
	mustMigrate(t, d.Pool)
	got := testdb.Value[string](t, d.Pool, `
		select string_agg(conrelid::regclass || ' ' || pg_get_constraintdef(oid), E'\n' order by conrelid::regclass::text, pg_get_constraintdef(oid))
		from pg_constraint where connamespace = 'public'::regnamespace and contype in ('p', 'u', 'f')`)
	const cascade = " FOREIGN KEY (empresa_id) REFERENCES empresas(id) ON DELETE CASCADE\n"
	want := "configuracion_ia" + cascade + "configuracion_ia PRIMARY KEY (id)\nconfiguracion_ia UNIQUE (empresa_id)\n" +
		"configuracion_pms" + cascade + "configuracion_pms PRIMARY KEY (id)\nconfiguracion_pms UNIQUE (empresa_id)\n" +
		"empresas PRIMARY KEY (id)\nempresas UNIQUE (email)\n" +
		"integraciones_google" + cascade + "integraciones_google PRIMARY KEY (id)\nintegraciones_google UNIQUE (empresa_id)\n" +
		"usuarios" + cascade + "usuarios PRIMARY KEY (id)\nusuarios UNIQUE (email)"
	if got != want {
		t.Errorf("got\n%s\n\nwant\n%s", got, want)
	}
}
