-- +goose Up
-- The one token that outlives its user's password change: the token that made
-- it. It counts only while usuarios.password_changed_at is still the value
-- stored beside it, so a later change by either service ends it. There is no
-- foreign key: the shared tables are not ours to attach triggers to.
create table profile.kept_tokens (
    user_id             uuid primary key,
    token_sha256        bytea not null check (octet_length(token_sha256) = 32),
    password_changed_at timestamptz not null
);

-- +goose Down
drop table profile.kept_tokens;
