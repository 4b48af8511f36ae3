"""Let `auth_context` tell of a token of one project nothing but that project and its organisation."""

from importlib import import_module

from django.db import migrations

from dam.core.db import door

SIGNATURE = "auth_context(given_user uuid, given_token bytea)"
BEFORE = door(SIGNATURE, "jsonb", import_module("orgs.migrations.0002_fences").AUTH_CONTEXT)

AUTH_CONTEXT = """
    SELECT jsonb_build_object(
        'id', u.id, 'email', u.email, 'name', u.name,
        'verified', EXISTS (
            SELECT 1 FROM account_emailaddress e WHERE e.user_id = u.id AND e.verified AND lower(e.email) = lower(u.email)
        ),
        'token', CASE WHEN t.id IS NOT NULL THEN
            jsonb_build_object('id', t.id, 'can_write', t.can_write, 'project_id', t.project_id) END,
        'organizations', coalesce((
            SELECT jsonb_agg(jsonb_build_object('id', o.id, 'name', o.name, 'slug', o.slug, 'role', m.role) ORDER BY o.id)
            FROM (SELECT g.organization_id,
                         coalesce(max(g.role) FILTER (WHERE g.client_id IS NULL AND g.project_id IS NULL), 'member') AS role
                  FROM orgs_grant g WHERE g.user_id = u.id GROUP BY g.organization_id) m
            JOIN orgs_organization o ON o.id = m.organization_id
            WHERE t.project_id IS NULL
               OR o.id = (SELECT p.organization_id FROM orgs_project p WHERE p.id = t.project_id)), '[]'::jsonb),
        'projects', coalesce((
            SELECT jsonb_agg(jsonb_build_object('id', p.project_id, 'organization_id', p.organization_id, 'role', p.role))
            FROM orgs_projectmembership p
            WHERE p.user_id = u.id AND (t.project_id IS NULL OR p.project_id = t.project_id)), '[]'::jsonb))
    FROM orgs_user u
    LEFT JOIN orgs_apitoken t ON t.token_hash = given_token AND t.user_id = u.id
    WHERE u.is_active AND u.id = CASE WHEN given_token IS NULL THEN given_user ELSE (
        SELECT k.user_id FROM orgs_apitoken k WHERE k.token_hash = given_token AND k.revoked_at IS NULL
        AND (k.expires_at IS NULL OR k.expires_at > now())) END
"""


class Migration(migrations.Migration):
    dependencies = [("orgs", "0002_fences")]

    operations = [
        migrations.RunSQL(BEFORE.reverse_sql, BEFORE.sql),
        door(SIGNATURE, "jsonb", AUTH_CONTEXT),
    ]
