-- name: AIIntegrationForUpdate :one
-- Returns the stored integration and locks it until the transaction ends.
select proveedor, api_key_cifrada, modelo, activo
from public.configuracion_ia
where empresa_id = $1
for update;

-- name: AIIntegrationUpsert :exec
insert into public.configuracion_ia (id, empresa_id, proveedor, api_key_cifrada, modelo, activo, created_at, updated_at)
values (@id, @company_id, @provider, sqlc.narg(encrypted_key), sqlc.narg(model), true, now(), now())
on conflict (empresa_id) do update
set proveedor = excluded.proveedor, api_key_cifrada = excluded.api_key_cifrada, modelo = excluded.modelo,
    activo = true, updated_at = now();

-- name: AIIntegrationDelete :exec
delete from public.configuracion_ia
where empresa_id = $1;
