-- name: CompanySettings :one
-- Everything that the profile area shows of a company, in one statement.
select (e.configuracion -> 'xlsx_apartamentos')::jsonb as apartment_columns,
       (e.configuracion -> 'notificaciones_tardias')::jsonb as late_check_in,
       p.proveedor as pms_provider,
       (coalesce(p.api_key_cifrada, '') <> '')::boolean as pms_configured,
       p.updated_at as pms_updated_at,
       a.proveedor as ai_provider,
       a.modelo as ai_model,
       (coalesce(a.api_key_cifrada, '') <> '')::boolean as ai_configured,
       a.updated_at as ai_updated_at,
       coalesce(g.activo, false)::boolean as google_configured
from public.empresas e
left join public.configuracion_pms p on p.empresa_id = e.id
left join public.configuracion_ia a on a.empresa_id = e.id
left join public.integraciones_google g on g.empresa_id = e.id
where e.id = $1;

-- name: CompanyConfigurationSet :execrows
-- Writes one key and keeps every other one, in one statement. A configuration
-- that is no object counts as {}.
update public.empresas
set configuracion = case when jsonb_typeof(configuracion) = 'object' then configuracion else '{}'::jsonb end
                    || jsonb_build_object(@key::text, @value::jsonb),
    updated_at = now()
where id = @id;

-- name: CompanyByID :one
select id, nombre
from public.empresas
where id = $1;

-- name: CompanyIDByName :many
-- Names are not unique.
select id
from public.empresas
where nombre = $1
limit 2;

-- name: CompanyCreate :exec
insert into public.empresas (id, nombre, email, password_hash, herramientas_activas, configuracion, activa, created_at, updated_at)
values (@id, @name, @email, @password_hash, '{}', '{}', true, now(), now());
