-- name: KeptTokensUpsert :exec
-- Keeps two tokens of a user valid after the password change at
-- password_changed_at: the token of the request and the fresh one.
insert into profile.kept_tokens (user_id, token_sha256, password_changed_at, fresh_sha256, fresh_changed_at)
values (@user_id, @token_sha256, @password_changed_at, @fresh_sha256::bytea, @password_changed_at)
on conflict (user_id) do update
set token_sha256 = excluded.token_sha256, password_changed_at = excluded.password_changed_at,
    fresh_sha256 = excluded.fresh_sha256, fresh_changed_at = excluded.fresh_changed_at;
