-- Each pair reads some tokens behind a row, locked until the transaction ends,
-- and stores one of them encrypted anew. Rows that somebody else is writing are
-- left for the next round.

-- name: PMSTokensLock :many
select id, api_key_cifrada::text as token
from public.configuracion_pms
where id > @after and coalesce(api_key_cifrada, '') <> ''
order by id
limit @most
for update skip locked;

-- name: PMSTokenStore :exec
update public.configuracion_pms set api_key_cifrada = @token, updated_at = now() where id = @id;

-- name: AITokensLock :many
select id, api_key_cifrada::text as token
from public.configuracion_ia
where id > @after and coalesce(api_key_cifrada, '') <> ''
order by id
limit @most
for update skip locked;

-- name: AITokenStore :exec
update public.configuracion_ia set api_key_cifrada = @token, updated_at = now() where id = @id;

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
