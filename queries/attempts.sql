-- name: AttemptsLock :many
-- Returns the counters of the given keys, inserts missing ones, and locks them all
-- until the transaction ends. Every statement of this file locks rows in the order
-- of their keys, which prevents deadlocks.
insert into profile.attempts (key, failures, since, free_at)
select wanted.key, 0, @at, @at
from unnest(@keys::bytea[]) as wanted (key)
order by wanted.key
on conflict (key) do update set key = excluded.key
returning key, failures, since, free_at;

-- name: AttemptsStore :exec
update profile.attempts a
set failures = n.failures, since = n.since, free_at = n.free_at
from (
    select unnest(@keys::bytea[]) as key, unnest(@failures::integer[]) as failures,
           unnest(@since::timestamptz[]) as since, unnest(@free_at::timestamptz[]) as free_at
) n
where a.key = n.key;

-- name: AttemptsSettle :exec
-- Deletes the cleared counters and subtracts one attempt from the refunded ones.
-- Counters that reach zero are deleted. The backoff of the freed counters ends; that of
-- the others stays, or a refund would permit an attempt above their limit.
with locked as (
    select a.key, a.failures from profile.attempts a
    where a.key = any(@cleared::bytea[]) or a.key = any(@refunded::bytea[])
    order by a.key for update
), gone as (
    delete from profile.attempts
    where key in (select locked.key from locked where locked.failures <= 1 or locked.key = any(@cleared::bytea[]))
)
update profile.attempts
set failures = failures - 1, free_at = case when key = any(@freed::bytea[]) then least(free_at, @at) else free_at end
where key in (select locked.key from locked where locked.failures > 1 and not locked.key = any(@cleared::bytea[]));

-- name: AttemptsForget :exec
-- Deletes the counters with keys in one of two ranges.
delete from profile.attempts
where key in (
    select a.key from profile.attempts a
    where a.key between @first_from and @first_to or a.key between @second_from and @second_to
    order by a.key for update
);

-- name: AttemptsPrune :execrows
-- Deletes at most max_rows expired counters.
delete from profile.attempts
where key in (
    select old.key from profile.attempts old where old.free_at < @free_before limit @max_rows for update skip locked
);
