-- name: OrphansDelete :exec
-- Deletes the rows of this service's tables whose user or company was deleted, and
-- the hourly counts that have expired.
with tokens as (
    delete from profile.kept_tokens k where not exists (select from public.usuarios u where u.id = k.user_id)
), cutoffs as (
    delete from profile.token_cutoffs c where not exists (select from public.usuarios u where u.id = c.user_id)
), addresses as (
    delete from profile.known_addresses a where not exists (select from public.usuarios u where u.id = a.user_id)
), counts as (
    delete from profile.connection_check_counts c where c.since < now() - interval '1 hour'
)
delete from profile.integration_changes i where not exists (select from public.empresas e where e.id = i.company_id);

-- name: ReplacedChecksDelete :exec
-- Deletes the checks of API keys that are no longer stored, because the other service
-- replaced them or the company was deleted. A row that a concurrent save replaces has
-- another ciphertext_sha256 and is kept.
with replaced as materialized (
    select c.company_id, c.integration, c.provider, c.ciphertext_sha256
    from profile.connection_checks c
    except
    (
        select p.empresa_id, 'pms', p.proveedor, sha256(convert_to(p.api_key_cifrada, 'UTF8'))
        from public.configuracion_pms p
        union all
        select a.empresa_id, 'ai', a.proveedor, sha256(convert_to(a.api_key_cifrada, 'UTF8'))
        from public.configuracion_ia a
    )
)
delete from profile.connection_checks c
using replaced r
where c.company_id = r.company_id and c.integration = r.integration
    and c.provider = r.provider and c.ciphertext_sha256 = r.ciphertext_sha256;

-- name: ReplacedCredentialsDelete :exec
-- Deletes what belonged to API keys that are no longer stored, as ReplacedChecksDelete. It
-- needs a transaction of its own: one that held locks of both tables could deadlock with a
-- save.
with replaced as materialized (
    select c.company_id, c.ciphertext_sha256
    from profile.pms_credentials c
    except
    select p.empresa_id, sha256(convert_to(p.api_key_cifrada, 'UTF8'))
    from public.configuracion_pms p
)
delete from profile.pms_credentials c
using replaced r
where c.company_id = r.company_id and c.ciphertext_sha256 = r.ciphertext_sha256;
