-- +goose Up
-- The user who last changed an integration through this service. A row applies only
-- while updated_at equals that of the integration, so a later change by the other
-- service has no user here.
create table profile.integration_changes (
    company_id  uuid not null,
    integration text not null check (integration in ('pms', 'ai')),
    updated_at  timestamptz not null,
    actor_email text not null,
    primary key (company_id, integration)
);

-- +goose Down
drop table profile.integration_changes;
