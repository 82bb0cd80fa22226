-- +goose Up
-- The last check of the API key of an integration. A row applies only while the
-- stored ciphertext has this SHA-256 and the integration this provider, so a key
-- that either service saves later has no check here. There are no foreign keys,
-- because they would add triggers to the shared tables; prune-audit deletes the rows
-- that apply to nothing.
create table profile.connection_checks (
    company_id        uuid not null,
    integration       text not null check (integration in ('pms', 'ai')),
    ciphertext_sha256 bytea not null check (octet_length(ciphertext_sha256) = 32),
    provider          text not null,
    status            text not null,
    reason            text,
    checked_at        timestamptz not null,
    duration_ms       integer not null,
    account           text,
    models            text[] not null,
    primary key (company_id, integration)
);

-- What a PMS needs besides its API key. A row applies only while the ciphertext of
-- the API key has this SHA-256.
create table profile.pms_credentials (
    company_id        uuid primary key,
    ciphertext_sha256 bytea not null check (octet_length(ciphertext_sha256) = 32),
    encrypted_secret  text,
    account_id        text
);

-- The checks of each company in an hour, shared by all replicas. The table is
-- unlogged because losing it only resets the limit.
create unlogged table profile.connection_check_counts (
    company_id uuid primary key,
    since      timestamptz not null,
    checks     integer not null
);

-- +goose Down
drop table profile.connection_check_counts;
drop table profile.pms_credentials;
drop table profile.connection_checks;
