-- name: AttemptsLock :one
-- The count of a key, made when it is new, and locked until the transaction
-- ends.
insert into profile.attempts (key, failures, since, free_at)
values (@key, 0, @at, @at)
on conflict (key) do update set key = excluded.key
returning failures, since, free_at;

-- name: AttemptsStore :exec
update profile.attempts
set failures = @failures, since = @since, free_at = @free_at
where key = @key;

-- name: AttemptsDelete :exec
delete from profile.attempts
where key = any(@keys::bytea[]);

-- name: AttemptsPrune :exec
-- Forgets counts that no longer matter, some at a time.
delete from profile.attempts
where key in (
    select old.key from profile.attempts old where old.free_at < @free_before limit 1000 for update skip locked
);

-- name: AttemptsGiveBack :exec
-- Takes back one attempt that was counted but not made.
update profile.attempts
set failures = greatest(failures - 1, 0), free_at = least(free_at, @at)
where key = any(@keys::bytea[]);
