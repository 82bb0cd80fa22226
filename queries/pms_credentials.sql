-- name: PMSCredentialsForUpdate :one
-- Returns what was stored with the API key whose ciphertext has the given SHA-256. It
-- locks the row until the transaction ends, so that a save that keeps the secret does not
-- undo its rotation.
select encrypted_secret, account_id
from profile.pms_credentials
where company_id = @company_id and ciphertext_sha256 = @ciphertext_sha256
for update;

-- name: PMSCredentialsStore :exec
insert into profile.pms_credentials (company_id, ciphertext_sha256, encrypted_secret, account_id)
values (@company_id, @ciphertext_sha256, sqlc.narg(encrypted_secret), sqlc.narg(account_id))
on conflict (company_id) do update
set ciphertext_sha256 = excluded.ciphertext_sha256, encrypted_secret = excluded.encrypted_secret, account_id = excluded.account_id;

-- name: PMSCredentialsDelete :exec
delete from profile.pms_credentials
where company_id = $1;
