"""One call at the beginning of a request: who asks, whose things it names, and the organisation in which it runs."""

from django.db import migrations

from dam.core.db import door

# `auth_context` and `organization_of` in one round trip. The tenant is named to row-level security only where the
# caller belongs to it, and only for this transaction: the owner of the first thing that the request names, else
# the caller's one organisation. Without `kinds` nothing is opened.
OPEN = """
DECLARE owner uuid; each integer;
BEGIN
    before := coalesce(current_setting('app.organization_id', true), '');
    context := auth_context(given_user, given_token);
    IF context IS NULL OR kinds IS NULL THEN
        RETURN;
    END IF;
    FOR each IN 1 .. coalesce(array_length(kinds, 1), 0) LOOP
        owner := CASE kinds[each] WHEN 'org' THEN keys[each] ELSE organization_of(kinds[each], keys[each]) END;
        owners := array_append(owners, owner);
    END LOOP;
    IF array_length(kinds, 1) > 0 THEN
        owner := owners[1];
    ELSIF jsonb_array_length(context -> 'organizations') = 1 THEN
        owner := (context -> 'organizations' -> 0 ->> 'id')::uuid;
    END IF;
    IF context -> 'organizations' @> jsonb_build_array(jsonb_build_object('id', owner)) THEN
        opened := owner;
        PERFORM set_config('app.organization_id', owner::text, true);
        PERFORM set_config('plan_cache_mode', 'force_generic_plan', true);
    END IF;
END
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0006_outbox_turns")]

    operations = [
        door(
            "request_context(given_user uuid, given_token bytea, kinds text[], keys uuid[], "
            "OUT context jsonb, OUT owners uuid[], OUT opened uuid, OUT before text)",
            "record",
            OPEN,
            language="plpgsql",
            volatile=True,
        ),
    ]
