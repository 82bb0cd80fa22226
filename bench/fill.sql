-- Fills a migrated database with bench.companies companies, which have all data
-- of the profile area, and bench.users users, spread over the companies. Ids and
-- e-mail addresses contain a number that starts at 1.

create function pg_temp.company(n bigint) returns uuid language sql immutable as
    $$ select ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid $$;
create function pg_temp.member(n bigint) returns uuid language sql immutable as
    $$ select ('00000000-0000-4000-9000-' || lpad(n::text, 12, '0'))::uuid $$;

insert into public.empresas (id, nombre, email, password_hash, herramientas_activas, configuracion, activa, created_at, updated_at)
select pg_temp.company(n), 'Company ' || n, 'company' || lpad(n::text, 6, '0') || '@example.com', '',
       '{}', '{"xlsx_apartamentos": {"col_id_externo": 0, "col_nombre": 1, "col_direccion": 2, "col_ciudad": 3},
               "notificaciones_tardias": {"hora_corte": "21:30", "col_nombre": "A", "col_checkin": "B",
                                          "col_hora_llegada": "C", "col_telefono": "D", "col_apartamento": "E"},
               "another_tool": {"enabled": true}}',
       true, now(), now()
from generate_series(1, current_setting('bench.companies')::bigint) n;

insert into public.usuarios (id, empresa_id, email, password_hash, rol, activo, password_changed_at, es_superadmin, created_at, updated_at)
select pg_temp.member(n), pg_temp.company((n - 1) % current_setting('bench.companies')::bigint + 1),
       'user' || lpad(n::text, 6, '0') || '@example.com', current_setting('bench.password_hash'),
       'admin', true, date_trunc('second', now()) - interval '10 days', false, now(), now()
from generate_series(1, current_setting('bench.users')::bigint) n;

-- Every user has changed the password, which kept one token.
insert into profile.kept_tokens (user_id, token_sha256, password_changed_at)
select id, sha256(id::text::bytea), password_changed_at
from public.usuarios;

insert into public.configuracion_pms (id, empresa_id, proveedor, api_key_cifrada, activo, created_at, updated_at)
select gen_random_uuid(), id, 'smoobu', current_setting('bench.encrypted_key'), true, now(), now()
from public.empresas;

insert into public.configuracion_ia (id, empresa_id, proveedor, api_key_cifrada, modelo, activo, created_at, updated_at)
select gen_random_uuid(), id, 'claude', current_setting('bench.encrypted_key'), 'some-model', true, now(), now()
from public.empresas;

insert into public.integraciones_google (id, empresa_id, refresh_token_cifrado, alcance, activo, created_at, updated_at)
select gen_random_uuid(), id, current_setting('bench.encrypted_key'), 'scope', true, now(), now()
from public.empresas;

insert into profile.integration_changes (company_id, integration, updated_at, actor_email)
select e.id, i.integration, now(), 'user000001@example.com'
from public.empresas e, (values ('pms'), ('ai')) i (integration);
