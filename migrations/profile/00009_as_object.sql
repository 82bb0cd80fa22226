-- +goose Up
-- Returns a configuration as an object: an object itself, the object that a JSON string
-- holds (a configuration that was encoded twice), and {} for any other value. It returns
-- null for a string that begins like an object but is not readable, so that a write
-- fails instead of replacing it.
-- +goose StatementBegin
create function profile.as_object(value jsonb) returns jsonb language plpgsql immutable as $$
begin
    if jsonb_typeof(value) = 'object' then
        return value;
    elsif jsonb_typeof(value) is distinct from 'string' then
        return '{}';
    end if;
    begin
        return profile.as_object((value #>> '{}')::jsonb);
    exception when others then
        return case when value #>> '{}' ~ '^\s*\{' then null else '{}'::jsonb end;
    end;
end
$$;
-- +goose StatementEnd

-- +goose Down
drop function profile.as_object(jsonb);
