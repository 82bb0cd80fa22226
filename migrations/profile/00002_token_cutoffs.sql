-- +goose Up
-- A password reset sets password_changed_at to null, so that the user must change
-- the password. The row here revokes the tokens issued before the reset.
create table profile.token_cutoffs (
    user_id       uuid primary key,
    issued_before timestamptz not null
);

-- +goose Down
drop table profile.token_cutoffs;
