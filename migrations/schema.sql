-- The home of everything that is this service's own, goose's bookkeeping
-- included. It is created before goose runs.
create schema if not exists profile;
