-- +goose Up
-- For pruning what strangers leave behind: anybody can make such entries, and
-- they are not kept as long as others.
create index audit_log_strangers on profile.audit_log (at) where company_id is null and kind = 'SIGN_IN_REFUSED';

-- +goose Down
drop index profile.audit_log_strangers;
