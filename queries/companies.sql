-- name: CompanySettings :many
-- Returns all settings that the profile area shows, for several companies.
select e.id,
       (profile.as_object(e.configuracion) -> 'xlsx_apartamentos')::jsonb as apartment_columns,
       (profile.as_object(e.configuracion) -> 'notificaciones_tardias')::jsonb as late_check_in,
       p.proveedor as pms_provider,
       p.api_key_cifrada as pms_encrypted_key,
       p.updated_at as pms_updated_at,
       pc.actor_email as pms_updated_by,
       pk.encrypted_secret as pms_encrypted_secret,
       pk.account_id as pms_account_id,
       a.proveedor as ai_provider,
       a.modelo as ai_model,
       a.api_key_cifrada as ai_encrypted_key,
       a.updated_at as ai_updated_at,
       ac.actor_email as ai_updated_by,
       coalesce(g.activo, false)::boolean as google_configured
from public.empresas e
left join public.configuracion_pms p on p.empresa_id = e.id
left join public.configuracion_ia a on a.empresa_id = e.id
left join public.integraciones_google g on g.empresa_id = e.id
left join profile.integration_changes pc
    on pc.company_id = e.id and pc.integration = 'pms' and pc.updated_at = p.updated_at
left join profile.integration_changes ac
    on ac.company_id = e.id and ac.integration = 'ai' and ac.updated_at = a.updated_at
left join profile.pms_credentials pk
    on pk.company_id = e.id and pk.ciphertext_sha256 = sha256(convert_to(p.api_key_cifrada, 'UTF8'))
where e.id = any(@ids::uuid[]);

-- name: CompanyConfigurationForUpdate :one
-- Returns the value of one key of the configuration, null when it is absent, and
-- whether the configuration is readable. It locks the company until the transaction
-- ends.
select (profile.as_object(configuracion) -> @key::text)::jsonb as value,
       (profile.as_object(configuracion) is not null)::boolean as readable
from public.empresas
where id = @id
for no key update;

-- name: CompanyConfigurationSet :exec
-- Writes one key of the configuration and keeps the others, also those of an object
-- that a JSON string holds. Any other value counts as {}.
update public.empresas
set configuracion = profile.as_object(configuracion) || jsonb_build_object(@key::text, @value::jsonb),
    updated_at = now()
where id = @id;

-- name: CompaniesWithTextConfiguration :many
-- Returns the companies whose configuration is a JSON string. It scans the table.
select id
from public.empresas
where jsonb_typeof(configuracion) = 'string'
order by id;

-- name: CompanyByID :one
select id
from public.empresas
where id = $1;

-- name: CompanyIDByName :many
-- Returns at most two ids, which is enough to detect that a name is not unique.
select id
from public.empresas
where nombre = $1
limit 2;

-- name: CompanyCreate :exec
insert into public.empresas (id, nombre, email, password_hash, herramientas_activas, configuracion, activa, created_at, updated_at)
values (@id, @name, @email, @password_hash, '{}', '{}', true, now(), now());

-- name: CompanyLock :one
-- Locks the company until the transaction ends, so that changes of its integrations
-- are serialized.
select id
from public.empresas
where id = $1
for no key update;
