-- name: IntegrationChangeUpsert :exec
-- Records the user who changed an integration in this transaction. now() is also
-- the updated_at that the transaction writes to the integration's row.
insert into profile.integration_changes (company_id, integration, updated_at, actor_email)
values (@company_id, @integration, now(), @actor_email)
on conflict (company_id, integration) do update
set updated_at = excluded.updated_at, actor_email = excluded.actor_email;
