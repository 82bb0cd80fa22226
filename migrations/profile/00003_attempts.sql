-- +goose Up
-- Failed password checks, counted for all replicas together. A key is the
-- SHA-256 of what is counted, so that the table tells nothing about who was
-- attacked. Losing it costs nothing but patience, hence unlogged.
create unlogged table profile.attempts (
    key      bytea primary key check (octet_length(key) = 32),
    failures integer not null,
    since    timestamptz not null,
    free_at  timestamptz not null
);
create index attempts_free_at on profile.attempts (free_at);

-- +goose Down
drop table profile.attempts;
