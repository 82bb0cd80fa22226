-- name: UsersByID :many
-- Users who make requests, with the company and what decides whether an older
-- token still counts.
select u.id, u.email, u.rol, u.es_superadmin, u.password_changed_at,
       e.id as company_id, e.nombre as company_name,
       (u.activo and e.activa)::boolean as active,
       k.token_sha256 as kept_token_sha256,
       k.password_changed_at as kept_token_changed_at,
       k.fresh_sha256 as fresh_token_sha256,
       k.fresh_changed_at as fresh_token_changed_at,
       c.issued_before as tokens_end_before
from public.usuarios u
join public.empresas e on e.id = u.empresa_id
left join profile.kept_tokens k on k.user_id = u.id
left join profile.token_cutoffs c on c.user_id = u.id
where u.id = any(@ids::uuid[]);

-- name: UserByEmail :one
-- The user who signs in.
select u.id, u.email, u.rol, u.es_superadmin, u.password_changed_at, u.password_hash,
       e.id as company_id, e.nombre as company_name,
       (u.activo and e.activa)::boolean as active,
       c.issued_before as tokens_end_before
from public.usuarios u
join public.empresas e on e.id = u.empresa_id
left join profile.token_cutoffs c on c.user_id = u.id
where u.email = $1;

-- name: UserForSignIn :one
-- What decides from when on a token of the user is valid. There is no row when
-- the hash that a password was compared with is no longer the stored one, or
-- the account no longer active. A change or reset of the password waits until
-- the transaction ends.
select u.password_changed_at, c.issued_before as tokens_end_before
from public.usuarios u
join public.empresas e on e.id = u.empresa_id
left join profile.token_cutoffs c on c.user_id = u.id
where u.id = @id and u.password_hash = @password_hash and u.activo and e.activa
for share of u;

-- name: UserPasswordHash :one
select password_hash
from public.usuarios
where id = $1;

-- name: UserForPasswordChange :one
-- The user whose password is about to be changed. No sign-in of the user ends
-- until the transaction does. There is no row when the password is no longer
-- the one that was checked.
select u.password_changed_at, c.issued_before as tokens_end_before
from public.usuarios u
left join profile.token_cutoffs c on c.user_id = u.id
where u.id = @id and u.password_hash = @password_hash
for no key update of u;

-- name: UserPasswordUpdate :exec
update public.usuarios
set password_hash = @password_hash, password_changed_at = @changed_at::timestamptz, updated_at = now()
where id = @id;

-- name: UserForPasswordReset :one
-- The user whose password is about to be reset. No sign-in of the user ends until
-- the transaction does.
select u.id, u.empresa_id, u.password_changed_at, c.issued_before as tokens_end_before
from public.usuarios u
left join profile.token_cutoffs c on c.user_id = u.id
where u.email = @email
for no key update of u;

-- name: UserPasswordReset :exec
-- The password counts as never changed, so its owner must change it.
update public.usuarios
set password_hash = @password_hash, password_changed_at = null, updated_at = now()
where id = @id;

-- name: UserCreate :exec
insert into public.usuarios (id, empresa_id, email, password_hash, rol, activo, es_superadmin, created_at, updated_at)
values (@id, @company_id, @email, @password_hash, @role, true, false, now(), now());
