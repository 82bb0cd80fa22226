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
select 'pms_credentials.encrypted_secret'::text as column_name, c.company_id as id, c.encrypted_secret::text as ciphertext
from profile.pms_credentials c
join public.configuracion_pms p on p.empresa_id = c.company_id and c.ciphertext_sha256 = sha256(convert_to(p.api_key_cifrada, 'UTF8'))
where c.encrypted_secret is not null
limit @max_rows;

-- name: PMSCiphertextReplace :execrows
-- Replaces a ciphertext while it is the stored one. It skips a row that another
-- transaction has locked. A row of integration_changes is valid only while its
-- updated_at equals that of the integration, so both change and the recorded user stays
-- the same. What is bound to the SHA-256 of the ciphertext is bound to that of the new
-- one.
with locked as (
    select p.id, p.empresa_id, p.updated_at from public.configuracion_pms p
    where p.id = @id and p.api_key_cifrada = @stored::text for update skip locked
), change as (
    update profile.integration_changes c set updated_at = now() from locked l
    where c.company_id = l.empresa_id and c.integration = 'pms' and c.updated_at = l.updated_at
), checks as (
    update profile.connection_checks c set ciphertext_sha256 = sha256(convert_to(@fresh, 'UTF8')) from locked l
    where c.company_id = l.empresa_id and c.integration = 'pms' and c.ciphertext_sha256 = sha256(convert_to(@stored, 'UTF8'))
), credentials as (
    update profile.pms_credentials c set ciphertext_sha256 = sha256(convert_to(@fresh, 'UTF8')) from locked l
    where c.company_id = l.empresa_id and c.ciphertext_sha256 = sha256(convert_to(@stored, 'UTF8'))
)
update public.configuracion_pms t set api_key_cifrada = @fresh::text, updated_at = now() from locked where t.id = locked.id;

-- name: AICiphertextReplace :execrows
-- See PMSCiphertextReplace.
with locked as (
    select a.id, a.empresa_id, a.updated_at from public.configuracion_ia a
    where a.id = @id and a.api_key_cifrada = @stored::text for update skip locked
), change as (
    update profile.integration_changes c set updated_at = now() from locked l
    where c.company_id = l.empresa_id and c.integration = 'ai' and c.updated_at = l.updated_at
), checks as (
    update profile.connection_checks c set ciphertext_sha256 = sha256(convert_to(@fresh, 'UTF8')) from locked l
    where c.company_id = l.empresa_id and c.integration = 'ai' and c.ciphertext_sha256 = sha256(convert_to(@stored, 'UTF8'))
)
update public.configuracion_ia t set api_key_cifrada = @fresh::text, updated_at = now() from locked where t.id = locked.id;

-- name: GoogleAccessCiphertextReplace :execrows
-- See PMSCiphertextReplace.
with locked as (
    select g.id from public.integraciones_google g
    where g.id = @id and g.access_token_cifrado = @stored::text for update skip locked
)
update public.integraciones_google t set access_token_cifrado = @fresh::text, updated_at = now() from locked where t.id = locked.id;

-- name: GoogleRefreshCiphertextReplace :execrows
-- See PMSCiphertextReplace.
with locked as (
    select g.id from public.integraciones_google g
    where g.id = @id and g.refresh_token_cifrado = @stored::text for update skip locked
)
update public.integraciones_google t set refresh_token_cifrado = @fresh::text, updated_at = now() from locked where t.id = locked.id;

-- name: PMSSecretReplace :execrows
-- See PMSCiphertextReplace. The id is that of the company.
with locked as (
    select c.company_id from profile.pms_credentials c
    where c.company_id = @id and c.encrypted_secret = @stored::text for update skip locked
)
update profile.pms_credentials t set encrypted_secret = @fresh::text from locked where t.company_id = locked.company_id;

-- name: StatementTimeoutDisable :exec
-- Removes the statement timeout for the rest of the transaction.
select set_config('statement_timeout', '0', true);
