-- +goose Up
-- For pruning refused sign-ins to unknown accounts, which have a shorter retention
-- because any client can cause them.
create index audit_log_strangers on profile.audit_log (at) where company_id is null and kind = 'SIGN_IN_REFUSED';

-- +goose Down
drop index profile.audit_log_strangers;
