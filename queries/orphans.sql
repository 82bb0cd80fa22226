-- name: LeftoversDelete :exec
-- Forgets what this service keeps beside users and companies that are gone.
with tokens as (
    delete from profile.kept_tokens k where not exists (select from public.usuarios u where u.id = k.user_id)
), cutoffs as (
    delete from profile.token_cutoffs c where not exists (select from public.usuarios u where u.id = c.user_id)
), addresses as (
    delete from profile.known_addresses a where not exists (select from public.usuarios u where u.id = a.user_id)
)
delete from profile.integration_changes i where not exists (select from public.empresas e where e.id = i.company_id);
