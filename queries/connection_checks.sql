-- name: ConnectionCheckCount :one
-- Counts a check of a company. Returns the number of checks since the first one of the
-- hour, at most limit + 1, and the seconds until the hour ends.
insert into profile.connection_check_counts as c (company_id, since, checks)
values (@company_id, now(), 1)
on conflict (company_id) do update
set since = case when c.since > now() - interval '1 hour' then c.since else now() end,
    checks = case when c.since > now() - interval '1 hour' then least(c.checks, @most::integer) + 1 else 1 end
returning checks, extract(epoch from since + interval '1 hour' - now())::float8 as seconds_left;

-- name: ConnectionChecks :many
-- Returns the last checks of a company. They apply only to the ciphertexts and
-- providers that they name.
select integration, ciphertext_sha256, provider, status, reason, checked_at, duration_ms, account, models
from profile.connection_checks
where company_id = $1;

-- name: ConnectionCheckStore :exec
insert into profile.connection_checks
    (company_id, integration, ciphertext_sha256, provider, status, reason, checked_at, duration_ms, account, models)
values (@company_id, @integration, @ciphertext_sha256, @provider, @status, sqlc.narg(reason), @checked_at, @duration_ms, sqlc.narg(account), @models::text[])
on conflict (company_id, integration) do update
set ciphertext_sha256 = excluded.ciphertext_sha256, provider = excluded.provider, status = excluded.status,
    reason = excluded.reason, checked_at = excluded.checked_at, duration_ms = excluded.duration_ms,
    account = excluded.account, models = excluded.models;

-- name: ConnectionCheckDelete :exec
delete from profile.connection_checks
where company_id = @company_id and integration = @integration;

-- name: ConnectionsToCheck :many
-- Returns every integration with an API key whose last check is older than the given
-- time, or that was never checked; the oldest check first.
select stored.company_id, stored.integration, stored.provider
from (
    select p.empresa_id as company_id, 'pms'::text as integration, p.proveedor as provider, p.api_key_cifrada as ciphertext
    from public.configuracion_pms p
    union all
    select a.empresa_id, 'ai', a.proveedor, a.api_key_cifrada
    from public.configuracion_ia a
) stored
left join profile.connection_checks c
    on c.company_id = stored.company_id and c.integration = stored.integration and c.provider = stored.provider
    and c.ciphertext_sha256 = sha256(convert_to(stored.ciphertext, 'UTF8'))
where coalesce(stored.ciphertext, '') <> '' and coalesce(c.checked_at < @before, true)
order by c.checked_at nulls first, stored.company_id, stored.integration;
