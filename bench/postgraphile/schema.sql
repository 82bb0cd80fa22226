-- The schema that PostGraphile serves: the user in the token's claims, checked
-- against the stored user. The one token that a password change keeps is not
-- accepted, because the claims do not identify it.
create schema bench;

create type bench."user" as (email text, role text, company_id uuid, password_changed_at timestamptz);

create function bench.me() returns bench."user" language sql stable as $$
    select u.email::text, case u.rol when 'admin' then 'ADMIN' else 'OPERATOR' end, e.id, u.password_changed_at
    from public.usuarios u
    join public.empresas e on e.id = u.empresa_id
    left join profile.token_cutoffs c on c.user_id = u.id
    where u.id = current_setting('jwt.claims.user_id')::uuid
      and u.activo and e.activa
      and to_timestamp(current_setting('jwt.claims.iat')::bigint)
          >= date_trunc('second', greatest(u.password_changed_at, c.issued_before, '-infinity'))
$$;
