package db

// sharedTable is what this service needs of a table.
type sharedTable struct {
	name    string
	columns map[string]columnType
	// rights are what the server does with rows; those who run commands may
	// need more.
	rights []right
}

// columnType is a type in PostgreSQL's words, without a length.
type columnType string

const (
	boolean     columnType = "boolean"
	jsonb       columnType = "jsonb"
	text        columnType = "text"
	timestamptz columnType = "timestamp with time zone"
	uuid        columnType = "uuid"
	varchar     columnType = "character varying"
)

type right string

const (
	mayRead   right = "select"
	mayInsert right = "insert"
	mayUpdate right = "update"
	mayDelete right = "delete"
)

// sharedTables are all of them, in the order in which they refer to each other.
var sharedTables = []sharedTable{
	{
		name: "empresas",
		columns: map[string]columnType{
			"id": uuid, "nombre": varchar, "email": varchar, "password_hash": varchar, "herramientas_activas": jsonb,
			"configuracion": jsonb, "activa": boolean, "created_at": timestamptz, "updated_at": timestamptz,
		},
		rights: []right{mayRead, mayUpdate},
	},
	{
		name: "usuarios",
		columns: map[string]columnType{
			"id": uuid, "empresa_id": uuid, "email": varchar, "password_hash": varchar, "rol": varchar, "activo": boolean,
			"password_changed_at": timestamptz, "es_superadmin": boolean, "created_at": timestamptz, "updated_at": timestamptz,
		},
		rights: []right{mayRead, mayUpdate},
	},
	{
		name: "configuracion_pms",
		columns: map[string]columnType{
			"id": uuid, "empresa_id": uuid, "proveedor": varchar, "api_key_cifrada": text, "activo": boolean,
			"created_at": timestamptz, "updated_at": timestamptz,
		},
		rights: []right{mayRead, mayInsert, mayUpdate, mayDelete},
	},
	{
		name: "configuracion_ia",
		columns: map[string]columnType{
			"id": uuid, "empresa_id": uuid, "proveedor": varchar, "api_key_cifrada": text, "modelo": varchar, "activo": boolean,
			"created_at": timestamptz, "updated_at": timestamptz,
		},
		rights: []right{mayRead, mayInsert, mayUpdate, mayDelete},
	},
	{
		name: "integraciones_google",
		columns: map[string]columnType{
			"id": uuid, "empresa_id": uuid, "access_token_cifrado": text, "refresh_token_cifrado": text, "activo": boolean,
			"updated_at": timestamptz,
		},
		rights: []right{mayRead},
	},
}

// SharedTableNames are the names of the tables.
func SharedTableNames() []string {
	var names []string
	for _, t := range sharedTables {
		names = append(names, t.name)
	}
	return names
}
