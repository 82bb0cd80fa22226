-- name: UsersByID :many
-- Returns users with their company and the state that decides which tokens are
-- revoked.
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
-- Returns the user for a sign-in: the one with the address in lower case, or else the
-- one with the address as typed. The unique index finds both.
select u.id, u.email, u.rol, u.es_superadmin, u.password_changed_at, u.password_hash,
       e.id as company_id, e.nombre as company_name,
       (u.activo and e.activa)::boolean as active,
       c.issued_before as tokens_end_before
from public.usuarios u
join public.empresas e on e.id = u.empresa_id
left join profile.token_cutoffs c on c.user_id = u.id
where u.email = any(array[@lower_case::text, @typed::text])
order by u.email = @lower_case desc
limit 1;

-- name: UsersWithUnusualEmail :many
-- Returns the users whose address has other characters than lower-case ones of ASCII.
-- It scans the table, so only commands use it.
select id, email
from public.usuarios
where email <> lower(email) or email ~ '[^!-~]'
order by email collate "C";

-- name: UserForSignIn :one
-- Returns the state that decides the earliest issue time of a valid token. It
-- returns no row when the stored hash is not password_hash or the account is not
-- active. The lock blocks a change or reset of the password until the transaction
-- ends.
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
-- Returns the user for a password change. It returns no row when the stored hash is
-- not password_hash. The lock blocks sign-ins of the user until the transaction
-- ends.
select u.password_changed_at, c.issued_before as tokens_end_before
from public.usuarios u
left join profile.token_cutoffs c on c.user_id = u.id
where u.id = @id and u.password_hash = @password_hash
for no key update of u;

-- name: UserPasswordUpdate :exec
update public.usuarios
set password_hash = @password_hash, password_changed_at = @changed_at::timestamptz, updated_at = now()
where id = @id;

-- name: UserPasswordRehash :exec
-- Replaces the hash of a password by another one of the same password. It changes
-- nothing when the stored hash is not old_hash.
update public.usuarios
set password_hash = @new_hash, updated_at = now()
where id = @id and password_hash = @old_hash;

-- name: UserForPasswordReset :one
-- Returns the user for a password reset. The lock blocks sign-ins of the user until
-- the transaction ends.
select u.empresa_id, u.password_changed_at, c.issued_before as tokens_end_before
from public.usuarios u
left join profile.token_cutoffs c on c.user_id = u.id
where u.id = @id
for no key update of u;

-- name: UserPasswordReset :exec
-- Stores the hash, marks the password as never changed, so that the user must change it,
-- and revokes every token that was issued before the given time.
with cutoff as (
    insert into profile.token_cutoffs (user_id, issued_before)
    values (@id, @issued_before)
    on conflict (user_id) do update
    set issued_before = excluded.issued_before
)
update public.usuarios
set password_hash = @password_hash, password_changed_at = null, updated_at = now()
where id = @id;

-- name: UserCreate :exec
insert into public.usuarios (id, empresa_id, email, password_hash, rol, activo, es_superadmin, created_at, updated_at)
values (@id, @company_id, @email, @password_hash, @role, true, false, now(), now());
