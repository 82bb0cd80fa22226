-- name: AuditEntryCreate :exec
insert into profile.audit_log (at, kind, company_id, actor_id, actor_email, address, request_id, changes)
values (now(), @kind, sqlc.narg(company_id), sqlc.narg(actor_id), sqlc.narg(actor_email), sqlc.narg(address), @request_id, @changes);

-- name: AuditEntriesByCompany :many
-- Returns the entries of a company with an id below before, newest first. kinds
-- filters by kind; null selects all kinds.
select id, at, kind, actor_email, address, request_id, changes
from profile.audit_log
where company_id = @company_id
  and id < @before
  and (@kinds::text[] is null or kind = any(@kinds::text[]))
order by id desc
limit @max_rows;

-- name: AuditPruneAllow :exec
-- Allows this transaction to delete entries.
select set_config('profile.pruning', 'on', true);

-- name: AuditPrune :execrows
-- Deletes at most max_rows of the entries older than older_than.
delete from profile.audit_log
where id in (
    select old.id from profile.audit_log old where old.at < @older_than order by old.at limit @max_rows for update skip locked
);

-- name: AuditPruneUnknownAccounts :execrows
-- Deletes at most max_rows of the refused sign-ins to unknown accounts that are
-- older than older_than.
delete from profile.audit_log
where id in (
    select old.id from profile.audit_log old
    where old.company_id is null and old.kind = 'SIGN_IN_REFUSED' and old.at < @older_than
    order by old.at limit @max_rows for update skip locked
);
