-- +goose Up
-- The token that a password change returns stays valid too. It has a moment of
-- its own beside it: the previous release replaces the first three columns of a
-- row and leaves these, which must then no longer count.
alter table profile.kept_tokens
    add column fresh_sha256     bytea check (octet_length(fresh_sha256) = 32),
    add column fresh_changed_at timestamptz;

-- +goose Down
alter table profile.kept_tokens drop column fresh_sha256, drop column fresh_changed_at;
