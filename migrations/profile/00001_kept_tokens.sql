-- +goose Up
-- The token that a password change does not revoke: the token of the request. It is
-- valid only while usuarios.password_changed_at equals the value stored here, so a
-- later change by either service revokes it. There is no foreign key, because it
-- would add triggers to the shared tables.
create table profile.kept_tokens (
    user_id             uuid primary key,
    token_sha256        bytea not null check (octet_length(token_sha256) = 32),
    password_changed_at timestamptz not null
);

-- +goose Down
drop table profile.kept_tokens;
