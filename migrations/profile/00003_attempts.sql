-- +goose Up
-- Counters of failed password checks, shared by all replicas. key is the SHA-256 of
-- the account, address or token, so that the table does not reveal which accounts
-- were attacked. The table is unlogged because losing it only resets rate limits.
create unlogged table profile.attempts (
    key      bytea primary key check (octet_length(key) = 32),
    failures integer not null,
    since    timestamptz not null,
    free_at  timestamptz not null
);
create index attempts_free_at on profile.attempts (free_at);

-- +goose Down
drop table profile.attempts;
