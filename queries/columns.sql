-- name: SharedColumns :many
-- The columns that the shared tables really have.
select table_name::text as table_name, column_name::text as column_name, data_type::text as data_type
from information_schema.columns
where table_schema = 'public'
  and table_name in ('empresas', 'usuarios', 'configuracion_pms', 'configuracion_ia', 'integraciones_google');
