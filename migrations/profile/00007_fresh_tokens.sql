-- +goose Up
-- The token that a password change issues stays valid, too. It has a time of its
-- own, because the previous release updates only the first three columns of a row,
-- and the fresh token must then be revoked.
alter table profile.kept_tokens
    add column fresh_sha256     bytea check (octet_length(fresh_sha256) = 32),
    add column fresh_changed_at timestamptz;

-- +goose Down
alter table profile.kept_tokens drop column fresh_sha256, drop column fresh_changed_at;
