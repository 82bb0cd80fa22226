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

-- name: ReplacedKeysDelete :exec
-- Deletes what was stored for API keys that are no longer stored, because the other
-- service replaced them or the company was deleted. A row that a concurrent save
-- replaces has another ciphertext_sha256 and is kept.
with stored as (
    select empresa_id as company_id, 'pms' as integration, proveedor as provider, sha256(convert_to(api_key_cifrada, 'UTF8')) as ciphertext_sha256
    from public.configuracion_pms
    union all
    select empresa_id, 'ai', proveedor, sha256(convert_to(api_key_cifrada, 'UTF8'))
    from public.configuracion_ia
), replaced as materialized (
    select c.company_id, c.integration, c.provider, c.ciphertext_sha256
    from profile.connection_checks c
    except
    select s.company_id, s.integration, s.provider, s.ciphertext_sha256
    from stored s
), unused as materialized (
    select c.company_id, c.ciphertext_sha256
    from profile.pms_credentials c
    except
    select s.company_id, s.ciphertext_sha256
    from stored s where s.integration = 'pms'
), checks as (
    delete from profile.connection_checks c
    using replaced r
    where c.company_id = r.company_id and c.integration = r.integration
        and c.provider = r.provider and c.ciphertext_sha256 = r.ciphertext_sha256
)
delete from profile.pms_credentials c
using unused u
where c.company_id = u.company_id and c.ciphertext_sha256 = u.ciphertext_sha256;
