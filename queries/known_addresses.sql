-- name: KnownAddressExists :one
-- Reports whether the user signed in from the address since the given time.
select exists (
    select from profile.known_addresses
    where user_id = @user_id and address_sha256 = @address_sha256 and signed_in_at >= @since
);

-- name: KnownAddressUpsert :exec
insert into profile.known_addresses (user_id, address_sha256, signed_in_at)
values (@user_id, @address_sha256, @at)
on conflict (user_id, address_sha256) do update
set signed_in_at = greatest(known_addresses.signed_in_at, excluded.signed_in_at);

-- name: KnownAddressesKeepOne :exec
-- Deletes the addresses of a user except one. That one gets the time at if the user
-- signed in from it since the given time.
with kept as (
    update profile.known_addresses k set signed_in_at = @at
    where k.user_id = @user_id and k.address_sha256 = sqlc.narg(address_sha256)::bytea and k.signed_in_at >= @since
)
delete from profile.known_addresses a
where a.user_id = @user_id and a.address_sha256 is distinct from sqlc.narg(address_sha256)::bytea;

-- name: KnownAddressesPrune :execrows
-- Deletes at most max_rows of the addresses with the last sign-in before the given
-- time.
delete from profile.known_addresses
where (user_id, address_sha256) in (
    select old.user_id, old.address_sha256 from profile.known_addresses old
    where old.signed_in_at < @before limit @max_rows for update skip locked
);

-- name: KnownAddressesDelete :exec
delete from profile.known_addresses
where user_id = @user_id;
