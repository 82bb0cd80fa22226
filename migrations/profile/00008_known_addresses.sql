-- +goose Up
-- The addresses from which a user signed in. address_sha256 is a digest of the user
-- and the address, for IPv6 of its /64. There is no foreign key, because it would
-- add triggers to the shared tables.
create table profile.known_addresses (
    user_id        uuid not null,
    address_sha256 bytea not null check (octet_length(address_sha256) = 32),
    signed_in_at   timestamptz not null,
    primary key (user_id, address_sha256)
);
create index known_addresses_signed_in_at on profile.known_addresses (signed_in_at);

-- +goose Down
drop table profile.known_addresses;
