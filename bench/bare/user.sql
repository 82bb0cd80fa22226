-- The only query of the candidates with their own SQL: the requesting user, the
-- company, and the dates that revoke older tokens.
select u.id, u.email, u.rol, u.password_changed_at,
       e.id as company_id,
       (u.activo and e.activa)::boolean as active,
       k.token_sha256 as kept_token_sha256,
       k.password_changed_at as kept_token_changed_at,
       c.issued_before as tokens_end_before
from public.usuarios u
join public.empresas e on e.id = u.empresa_id
left join profile.kept_tokens k on k.user_id = u.id
left join profile.token_cutoffs c on c.user_id = u.id
where u.id = $1
