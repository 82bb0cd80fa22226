-- +goose Up
-- Who changed an integration last through this service. It counts only while
-- the integration's own updated_at is still the value stored beside it: what
-- the other service wrote later has nobody's name here.
create table profile.integration_changes (
    company_id  uuid not null,
    integration text not null check (integration in ('pms', 'ai')),
    updated_at  timestamptz not null,
    actor_email text not null,
    primary key (company_id, integration)
);

-- +goose Down
drop table profile.integration_changes;
