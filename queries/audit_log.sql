-- name: AuditEntryCreate :exec
insert into profile.audit_log (at, kind, company_id, actor_id, actor_email, address, request_id, changes)
values (now(), @kind, sqlc.narg(company_id), sqlc.narg(actor_id), sqlc.narg(actor_email), sqlc.narg(address), @request_id, @changes);

-- name: AuditEntriesByCompany :many
-- Newest first, older than the entry with the given id, of the given kinds or
-- of all when they are null.
select id, at, kind, actor_email, address, request_id, changes
from profile.audit_log
where company_id = @company_id
  and id < @before
  and (@kinds::text[] is null or kind = any(@kinds::text[]))
order by id desc
limit @most;

-- name: AuditPruneAllow :exec
-- Lets this transaction delete entries.
select set_config('profile.pruning', 'on', true);

-- name: AuditPrune :execrows
-- Deletes some of the entries that are too old.
delete from profile.audit_log
where id in (
    select old.id from profile.audit_log old where old.at < @older_than order by old.at limit @most for update skip locked
);

-- name: AuditPruneUnknownAccounts :execrows
-- Deletes some of the sign-ins to accounts that do not exist.
delete from profile.audit_log
where id in (
    select old.id from profile.audit_log old
    where old.company_id is null and old.kind = 'SIGN_IN_REFUSED' and old.at < @older_than
    order by old.at limit @most for update skip locked
);
