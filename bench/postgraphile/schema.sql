-- What PostGraphile serves: the signed-in user, whom it takes from the token's
-- claims. The stored user decides here too, but for the one token that a
-- password change keeps: a claim is not enough to know it.
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
