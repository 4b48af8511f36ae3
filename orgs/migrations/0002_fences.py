"""Fences around people's places, and the door that turns credentials into an actor."""

from django.conf import settings
from django.db import migrations

from dam.core.db import door, fence, kind, let_definer_read

ROLES = settings.DATABASE_ROLES
_VISIBLE = (
    "id = nullif(current_setting('app.organization_id', true), '')::uuid "
    "OR id = ANY (string_to_array(nullif(current_setting('app.member_of', true), ''), ',')::uuid[])"
)

# One call answers who asks, where that person belongs and with which role in every project.
AUTH_CONTEXT = """
    SELECT jsonb_build_object(
        'id', u.id, 'email', u.email, 'name', u.name,
        'verified', EXISTS (
            SELECT 1 FROM account_emailaddress e WHERE e.user_id = u.id AND e.verified AND lower(e.email) = lower(u.email)
        ),
        'token', (SELECT jsonb_build_object('id', t.id, 'can_write', t.can_write, 'project_id', t.project_id)
                  FROM orgs_apitoken t WHERE t.token_hash = given_token),
        'organizations', coalesce((
            SELECT jsonb_agg(jsonb_build_object('id', o.id, 'name', o.name, 'slug', o.slug, 'role', m.role) ORDER BY o.id)
            FROM (SELECT g.organization_id,
                         coalesce(max(g.role) FILTER (WHERE g.client_id IS NULL AND g.project_id IS NULL), 'member') AS role
                  FROM orgs_grant g WHERE g.user_id = u.id GROUP BY g.organization_id) m
            JOIN orgs_organization o ON o.id = m.organization_id), '[]'::jsonb),
        'projects', coalesce((
            SELECT jsonb_agg(jsonb_build_object('id', p.project_id, 'organization_id', p.organization_id, 'role', p.role))
            FROM orgs_projectmembership p WHERE p.user_id = u.id), '[]'::jsonb))
    FROM orgs_user u
    WHERE u.is_active AND u.id = CASE WHEN given_token IS NULL THEN given_user ELSE (
        SELECT t.user_id FROM orgs_apitoken t WHERE t.token_hash = given_token AND t.revoked_at IS NULL
        AND (t.expires_at IS NULL OR t.expires_at > now())) END
"""


class Migration(migrations.Migration):
    dependencies = [
        ("orgs", "0001_people_and_places"),
        ("core", "0003_fences"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]

    operations = [
        migrations.RunSQL(
            f"""
            ALTER TABLE orgs_organization ENABLE ROW LEVEL SECURITY;
            ALTER TABLE orgs_organization FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON orgs_organization TO PUBLIC USING ({_VISIBLE}) WITH CHECK ({_VISIBLE});
            CREATE POLICY migrator ON orgs_organization TO {ROLES["migrator"]} USING (true) WITH CHECK (true);
            CREATE POLICY definer ON orgs_organization TO {ROLES["definer"]} USING (true);
            """,
            "ALTER TABLE orgs_organization DISABLE ROW LEVEL SECURITY",
        ),
        *fence("orgs_client", definer=True),
        *fence("orgs_project", parents={"client_id": "orgs_client"}, definer=True),
        *fence(
            "orgs_grant", parents={"client_id": "orgs_client", "project_id": "orgs_project"}, definer=True
        ),
        *fence("orgs_projectmembership", parents={"project_id": "orgs_project"}, definer=True),
        *fence(
            "orgs_invitation",
            parents={"client_id": "orgs_client", "project_id": "orgs_project"},
            definer=True,
        ),
        *fence("orgs_guest", definer=True),
        *[
            migrations.RunSQL(*let_definer_read(table))
            for table in ("orgs_user", "orgs_apitoken", "orgs_organization", "account_emailaddress")
        ],
        kind("client", "orgs_client"),
        kind("project", "orgs_project"),
        kind("grant", "orgs_grant"),
        door("auth_context(given_user uuid, given_token bytea)", "jsonb", AUTH_CONTEXT),
        # Invitations wait for an address; whoever verifies it finds them in whichever organisation they lie.
        door(
            "invitations_for(address text)",
            "TABLE (id uuid, organization_id uuid)",
            "SELECT i.id, i.organization_id FROM orgs_invitation i WHERE lower(i.email) = lower(address)",
        ),
        door(
            "slug_is_taken(wanted text)",
            "boolean",
            "SELECT EXISTS (SELECT 1 FROM orgs_organization o WHERE o.slug = wanted)",
        ),
        door(
            "organization_by_slug(wanted text)",
            "uuid",
            "SELECT o.id FROM orgs_organization o WHERE o.slug = wanted",
        ),
    ]
