-- name: SharedColumns :many
-- Returns the columns of the shared tables, including those that the role may not
-- read.
select c.relname::text as table_name, a.attname::text as column_name, format_type(a.atttypid, null)::text as type_name
from pg_catalog.pg_class c
join pg_catalog.pg_attribute a on a.attrelid = c.oid
where c.relnamespace = to_regnamespace('public')
  and c.relname::text = any(@tables::text[])
  and a.attnum > 0
  and not a.attisdropped;

-- name: SharedRights :many
-- Returns the privileges of the role on the shared tables. A privilege on any
-- column counts.
select c.relname::text as table_name, quote_ident(current_user)::text as role_name,
    has_schema_privilege(c.relnamespace, 'usage')::bool as may_use_schema,
    has_any_column_privilege(c.oid, 'select')::bool as may_read,
    has_any_column_privilege(c.oid, 'insert')::bool as may_insert,
    has_any_column_privilege(c.oid, 'update')::bool as may_update,
    has_table_privilege(c.oid, 'delete')::bool as may_delete
from pg_catalog.pg_class c
where c.relnamespace = to_regnamespace('public')
  and c.relname::text = any(@tables::text[]);
