-- name: StoredCiphertexts :many
-- At most max_rows of the Fernet ciphertexts that the shared tables hold.
select 'configuracion_pms.api_key_cifrada'::text as column_name, id, api_key_cifrada::text as ciphertext
from public.configuracion_pms where coalesce(api_key_cifrada, '') <> ''
union all
select 'configuracion_ia.api_key_cifrada', id, api_key_cifrada
from public.configuracion_ia where coalesce(api_key_cifrada, '') <> ''
union all
select 'integraciones_google.access_token_cifrado', id, access_token_cifrado
from public.integraciones_google where coalesce(access_token_cifrado, '') <> ''
union all
select 'integraciones_google.refresh_token_cifrado', id, refresh_token_cifrado
from public.integraciones_google where refresh_token_cifrado <> ''
limit @max_rows;

-- name: PMSCiphertextsLock :many
-- Returns the next rows after the given id and locks them until the transaction
-- ends. It skips rows that another transaction has locked.
select id, api_key_cifrada::text as ciphertext
from public.configuracion_pms
where id > @after and coalesce(api_key_cifrada, '') <> ''
order by id
limit @max_rows
for update skip locked;

-- name: PMSCiphertextStore :exec
-- Saves the new ciphertext of a row. A row of integration_changes is valid only
-- while its updated_at equals that of the integration, so both change and the
-- recorded user stays the same.
with change as (
    update profile.integration_changes c set updated_at = now()
    from public.configuracion_pms p
    where p.id = @id and c.company_id = p.empresa_id and c.integration = 'pms' and c.updated_at = p.updated_at
)
update public.configuracion_pms t set api_key_cifrada = @ciphertext, updated_at = now() where t.id = @id;

-- name: AICiphertextsLock :many
-- See PMSCiphertextsLock.
select id, api_key_cifrada::text as ciphertext
from public.configuracion_ia
where id > @after and coalesce(api_key_cifrada, '') <> ''
order by id
limit @max_rows
for update skip locked;

-- name: AICiphertextStore :exec
-- See PMSCiphertextStore.
with change as (
    update profile.integration_changes c set updated_at = now()
    from public.configuracion_ia a
    where a.id = @id and c.company_id = a.empresa_id and c.integration = 'ai' and c.updated_at = a.updated_at
)
update public.configuracion_ia t set api_key_cifrada = @ciphertext, updated_at = now() where t.id = @id;

-- name: GoogleAccessCiphertextsLock :many
-- See PMSCiphertextsLock.
select id, access_token_cifrado::text as ciphertext
from public.integraciones_google
where id > @after and coalesce(access_token_cifrado, '') <> ''
order by id
limit @max_rows
for update skip locked;

-- name: GoogleAccessCiphertextStore :exec
update public.integraciones_google set access_token_cifrado = @ciphertext, updated_at = now() where id = @id;

-- name: GoogleRefreshCiphertextsLock :many
-- See PMSCiphertextsLock.
select id, refresh_token_cifrado::text as ciphertext
from public.integraciones_google
where id > @after and refresh_token_cifrado <> ''
order by id
limit @max_rows
for update skip locked;

-- name: GoogleRefreshCiphertextStore :exec
update public.integraciones_google set refresh_token_cifrado = @ciphertext, updated_at = now() where id = @id;

-- name: StatementTimeoutDisable :exec
-- Removes the statement timeout for the rest of the transaction.
select set_config('statement_timeout', '0', true);
