-- name: StoredTokens :many
-- The Fernet tokens that the shared tables hold, at most so many.
select 'configuracion_pms.api_key_cifrada'::text as place, id, api_key_cifrada::text as token
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
limit $1;

-- name: StatementTimeoutLift :exec
-- Lets the statements of this transaction take as long as they need.
select set_config('statement_timeout', '0', true);
