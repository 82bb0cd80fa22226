-- name: PMSIntegrationForUpdate :one
-- Returns the stored integration and locks it until the transaction ends.
select proveedor, api_key_cifrada, activo
from public.configuracion_pms
where empresa_id = $1
for update;

-- name: PMSIntegrationUpsert :exec
-- Inserts the integration or replaces its provider and encrypted API key.
insert into public.configuracion_pms (id, empresa_id, proveedor, api_key_cifrada, activo, created_at, updated_at)
values (@id, @company_id, @provider, @encrypted_key, true, now(), now())
on conflict (empresa_id) do update
set proveedor = excluded.proveedor, api_key_cifrada = excluded.api_key_cifrada, activo = true, updated_at = now();

-- name: PMSIntegrationDelete :exec
-- Deletes the integration and what was stored with its API key.
with credentials as (
    delete from profile.pms_credentials c where c.company_id = @company_id
)
delete from public.configuracion_pms
where empresa_id = @company_id;
