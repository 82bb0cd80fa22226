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

-- name: PMSCredentialsTableExists :one
-- Reports whether this release has migrated the database.
select (to_regclass('profile.pms_credentials') is not null)::boolean as present;

-- name: StoredSecrets :many
-- At most max_rows of the Fernet ciphertexts of this service's own tables. The id is
-- that of the company. A secret whose API key was replaced is not used.
select c.company_id as id, c.encrypted_secret::text as ciphertext
from profile.pms_credentials c
join public.configuracion_pms p on p.empresa_id = c.company_id and c.ciphertext_sha256 = sha256(convert_to(p.api_key_cifrada, 'UTF8'))
where c.encrypted_secret is not null
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
-- recorded user stays the same. What is bound to the SHA-256 of the ciphertext is
-- bound to that of the new one.
with change as (
    update profile.integration_changes c set updated_at = now()
    from public.configuracion_pms p
    where p.id = @id and c.company_id = p.empresa_id and c.integration = 'pms' and c.updated_at = p.updated_at
), checks as (
    update profile.connection_checks c set ciphertext_sha256 = sha256(convert_to(@ciphertext, 'UTF8'))
    from public.configuracion_pms p
    where p.id = @id and c.company_id = p.empresa_id and c.integration = 'pms'
        and c.ciphertext_sha256 = sha256(convert_to(p.api_key_cifrada, 'UTF8'))
), credentials as (
    update profile.pms_credentials c set ciphertext_sha256 = sha256(convert_to(@ciphertext, 'UTF8'))
    from public.configuracion_pms p
    where p.id = @id and c.company_id = p.empresa_id
        and c.ciphertext_sha256 = sha256(convert_to(p.api_key_cifrada, 'UTF8'))
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
), checks as (
    update profile.connection_checks c set ciphertext_sha256 = sha256(convert_to(@ciphertext, 'UTF8'))
    from public.configuracion_ia a
    where a.id = @id and c.company_id = a.empresa_id and c.integration = 'ai'
        and c.ciphertext_sha256 = sha256(convert_to(a.api_key_cifrada, 'UTF8'))
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

-- name: PMSSecretCiphertextsLock :many
-- See PMSCiphertextsLock and StoredSecrets.
select c.company_id as id, c.encrypted_secret::text as ciphertext
from profile.pms_credentials c
join public.configuracion_pms p on p.empresa_id = c.company_id and c.ciphertext_sha256 = sha256(convert_to(p.api_key_cifrada, 'UTF8'))
where c.company_id > @after and c.encrypted_secret is not null
order by c.company_id
limit @max_rows
for update of c skip locked;

-- name: PMSSecretCiphertextStore :exec
update profile.pms_credentials set encrypted_secret = @ciphertext where company_id = @id;

-- name: StatementTimeoutDisable :exec
-- Removes the statement timeout for the rest of the transaction.
select set_config('statement_timeout', '0', true);
