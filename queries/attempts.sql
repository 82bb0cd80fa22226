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
-- Rows are locked in the order of their keys by everybody.
delete from profile.attempts
where key in (select a.key from profile.attempts a where a.key = any(@keys::bytea[]) order by a.key for update);

-- name: AttemptsForget :exec
-- Deletes the counts from the first to the last key, and one more.
delete from profile.attempts
where key in (
    select a.key from profile.attempts a
    where a.key between @first and @last or a.key = @key
    order by a.key for update
);

-- name: AttemptsPrune :execrows
-- Forgets counts that no longer matter, some at a time.
delete from profile.attempts
where key in (
    select old.key from profile.attempts old where old.free_at < @free_before limit @most for update skip locked
);

-- name: AttemptsGiveBack :exec
-- Takes back one attempt that was counted but not made; a count of nothing
-- goes.
with counted as (
    select a.key, a.failures from profile.attempts a where a.key = any(@keys::bytea[]) order by a.key for update
), gone as (
    delete from profile.attempts where key in (select counted.key from counted where counted.failures <= 1)
)
update profile.attempts
set failures = failures - 1, free_at = least(free_at, @at)
where key in (select counted.key from counted where counted.failures > 1);
