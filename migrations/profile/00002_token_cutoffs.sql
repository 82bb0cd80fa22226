-- +goose Up
-- When an operator resets a password, password_changed_at becomes null so that
-- the owner must change it; this row ends the tokens issued before the reset.
create table profile.token_cutoffs (
    user_id       uuid primary key,
    issued_before timestamptz not null
);

-- +goose Down
drop table profile.token_cutoffs;
