-- Each pair reads some tokens behind a row, locked until the transaction ends,
-- and stores one of them encrypted anew. Rows that somebody else is writing are
-- left for the next round. Who changed the integration last is still who did
-- after that: integration_changes counts only with the row's own updated_at.

-- name: PMSTokensLock :many
select id, api_key_cifrada::text as token
from public.configuracion_pms
where id > @after and coalesce(api_key_cifrada, '') <> ''
order by id
limit @most
for update skip locked;

-- name: PMSTokenStore :exec
with followed as (
    update profile.integration_changes c set updated_at = now()
    from public.configuracion_pms p
    where p.id = @id and c.company_id = p.empresa_id and c.integration = 'pms' and c.updated_at = p.updated_at
)
update public.configuracion_pms t set api_key_cifrada = @token, updated_at = now() where t.id = @id;

-- name: AITokensLock :many
select id, api_key_cifrada::text as token
from public.configuracion_ia
where id > @after and coalesce(api_key_cifrada, '') <> ''
order by id
limit @most
for update skip locked;

-- name: AITokenStore :exec
with followed as (
    update profile.integration_changes c set updated_at = now()
    from public.configuracion_ia a
    where a.id = @id and c.company_id = a.empresa_id and c.integration = 'ai' and c.updated_at = a.updated_at
)
update public.configuracion_ia t set api_key_cifrada = @token, updated_at = now() where t.id = @id;

-- name: GoogleAccessTokensLock :many
select id, access_token_cifrado::text as token
from public.integraciones_google
where id > @after and coalesce(access_token_cifrado, '') <> ''
order by id
limit @most
for update skip locked;

-- name: GoogleAccessTokenStore :exec
update public.integraciones_google set access_token_cifrado = @token, updated_at = now() where id = @id;

-- name: GoogleRefreshTokensLock :many
select id, refresh_token_cifrado::text as token
from public.integraciones_google
where id > @after and refresh_token_cifrado <> ''
order by id
limit @most
for update skip locked;

-- name: GoogleRefreshTokenStore :exec
update public.integraciones_google set refresh_token_cifrado = @token, updated_at = now() where id = @id;
