-- name: KeptTokenUpsert :exec
-- Keeps one token of a user alive through the password change of that moment.
insert into profile.kept_tokens (user_id, token_sha256, password_changed_at)
values (@user_id, @token_sha256, @password_changed_at)
on conflict (user_id) do update
set token_sha256 = excluded.token_sha256, password_changed_at = excluded.password_changed_at;

-- name: TokenCutoffUpsert :exec
-- Ends every token of a user that was issued before the given moment.
insert into profile.token_cutoffs (user_id, issued_before)
values (@user_id, @issued_before)
on conflict (user_id) do update
set issued_before = excluded.issued_before;
