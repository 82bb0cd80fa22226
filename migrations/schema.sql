-- The schema of this service's own tables, including goose's version table. It is
-- created before goose runs.
create schema if not exists profile;
