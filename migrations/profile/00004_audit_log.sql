-- +goose Up
-- The audit log. There are no foreign keys, so that entries never block the deletion
-- of a company or a user.
create table profile.audit_log (
    id          bigint generated always as identity primary key,
    at          timestamptz not null,
    kind        text not null,
    company_id  uuid,
    actor_id    uuid,
    actor_email text,
    address     inet,
    request_id  text not null,
    changes     jsonb not null check (jsonb_typeof(changes) = 'array')
);
create index audit_log_company on profile.audit_log (company_id, id desc);
create index audit_log_at on profile.audit_log (at);

-- Entries are append-only, except that pruning sets profile.pruning in its
-- transaction. This prevents accidental changes; it does not restrict the owner of
-- the database.
-- +goose StatementBegin
create function profile.audit_log_is_append_only() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and current_setting('profile.pruning', true) = 'on' then
        return old;
    end if;
    raise exception 'profile.audit_log is append only' using errcode = 'insufficient_privilege';
end
$$;
-- +goose StatementEnd
create trigger audit_log_rows before update or delete on profile.audit_log
    for each row execute function profile.audit_log_is_append_only();
create trigger audit_log_table before truncate on profile.audit_log
    for each statement execute function profile.audit_log_is_append_only();

-- +goose Down
drop table profile.audit_log;
drop function profile.audit_log_is_append_only();
