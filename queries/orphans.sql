-- name: OrphansDelete :exec
-- Deletes the rows of this service's tables whose user or company was deleted.
with tokens as (
    delete from profile.kept_tokens k where not exists (select from public.usuarios u where u.id = k.user_id)
), cutoffs as (
    delete from profile.token_cutoffs c where not exists (select from public.usuarios u where u.id = c.user_id)
), addresses as (
    delete from profile.known_addresses a where not exists (select from public.usuarios u where u.id = a.user_id)
)
delete from profile.integration_changes i where not exists (select from public.empresas e where e.id = i.company_id);
