"""Whose rights change is told at commit; and the books forget what is too old to be replayed."""

from django.db import migrations, models

from dam.core.db import door, let_definer_read

# Only what may take a right away: a session, a password, an account, a token, a grant, a place, a link, an asset's
# whereabouts. The session's key is a secret, so it travels as the beginning of its digest.
TELL = """
CREATE FUNCTION rights_of_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_notify('dam_rights', 'user:' || OLD.user_id); RETURN NULL; END $$;

CREATE FUNCTION rights_of_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_notify('dam_rights', 'user:' || OLD.id); RETURN NULL; END $$;

CREATE FUNCTION rights_of_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.expire_date > now() THEN
        PERFORM pg_notify('dam_rights', 'sessions');
        PERFORM pg_notify('dam_rights',
            'session:' || left(encode(sha256(convert_to(OLD.session_key, 'UTF8')), 'hex'), 16));
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION rights_of_project() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_notify('dam_rights', 'project:' || OLD.id); RETURN NULL; END $$;

CREATE FUNCTION rights_of_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.share_id IS NOT NULL THEN PERFORM pg_notify('dam_rights', 'share:' || NEW.share_id); END IF;
    IF NEW.asset_id IS NOT NULL THEN PERFORM pg_notify('dam_rights', 'asset:' || NEW.asset_id); END IF;
    IF NEW.version_id IS NOT NULL THEN PERFORM pg_notify('dam_rights', 'version:' || NEW.version_id); END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER rights AFTER UPDATE OR DELETE ON orgs_grant
    FOR EACH ROW EXECUTE FUNCTION rights_of_user();
CREATE TRIGGER rights AFTER UPDATE OR DELETE ON orgs_projectmembership
    FOR EACH ROW EXECUTE FUNCTION rights_of_user();
CREATE TRIGGER rights_changed AFTER UPDATE ON orgs_apitoken FOR EACH ROW
    WHEN (NEW.revoked_at IS DISTINCT FROM OLD.revoked_at OR NEW.expires_at IS DISTINCT FROM OLD.expires_at
          OR NEW.project_id IS DISTINCT FROM OLD.project_id)
    EXECUTE FUNCTION rights_of_user();
CREATE TRIGGER rights AFTER DELETE ON orgs_apitoken FOR EACH ROW EXECUTE FUNCTION rights_of_user();
CREATE TRIGGER rights_changed AFTER UPDATE ON orgs_user FOR EACH ROW
    WHEN (NEW.password IS DISTINCT FROM OLD.password OR NEW.is_active IS DISTINCT FROM OLD.is_active)
    EXECUTE FUNCTION rights_of_account();
CREATE TRIGGER rights AFTER DELETE ON orgs_user FOR EACH ROW EXECUTE FUNCTION rights_of_account();
CREATE TRIGGER rights AFTER DELETE ON orgs_project FOR EACH ROW EXECUTE FUNCTION rights_of_project();
CREATE TRIGGER rights AFTER UPDATE OR DELETE ON django_session
    FOR EACH ROW EXECUTE FUNCTION rights_of_session();
CREATE TRIGGER rights AFTER INSERT ON activity_event FOR EACH ROW
    WHEN (NEW.type IN ('share.updated', 'asset.updated', 'asset.deleted', 'version.created'))
    EXECUTE FUNCTION rights_of_event();
"""
HUSH = """
DROP TRIGGER rights ON activity_event;
DROP TRIGGER rights ON django_session;
DROP TRIGGER rights ON orgs_project;
DROP TRIGGER rights ON orgs_user;
DROP TRIGGER rights_changed ON orgs_user;
DROP TRIGGER rights ON orgs_apitoken;
DROP TRIGGER rights_changed ON orgs_apitoken;
DROP TRIGGER rights ON orgs_projectmembership;
DROP TRIGGER rights ON orgs_grant;
DROP FUNCTION rights_of_event, rights_of_project, rights_of_session, rights_of_account, rights_of_user;
"""
# Inside the scope of one organisation, which the caller cannot choose by an argument. `kept_from` of a book is the
# number up to which nothing is kept; it only grows, and is written before anything goes.
FORGET = """
DECLARE owner uuid := nullif(current_setting('app.organization_id', true), '')::uuid; last bigint; gone bigint;
BEGIN
    IF owner IS NULL THEN RAISE EXCEPTION 'no organisation is in scope'; END IF;
    SELECT max(n.number) INTO last FROM (
        SELECT number, created_at FROM activity_numbered WHERE organization_id = owner ORDER BY number LIMIT most
    ) n WHERE n.created_at < before;
    UPDATE activity_feed SET forgotten = greatest(forgotten, last) WHERE organization_id = owner AND last IS NOT NULL;
    DELETE FROM activity_numbered WHERE organization_id = owner AND number <= last;
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END
"""
FORGET_SHARES = """
DECLARE owner uuid := nullif(current_setting('app.organization_id', true), '')::uuid; gone bigint;
BEGIN
    IF owner IS NULL THEN RAISE EXCEPTION 'no organisation is in scope'; END IF;
    UPDATE activity_sharefeed f SET forgotten = greatest(f.forgotten, old.last) FROM (
        SELECT e.share_id, max(e.number) AS last FROM activity_shareevent e
        WHERE e.organization_id = owner AND e.created_at < before GROUP BY e.share_id
    ) old WHERE f.organization_id = owner AND f.share_id = old.share_id;
    DELETE FROM activity_shareevent e WHERE e.organization_id = owner AND e.created_at < before;
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END
"""


class Migration(migrations.Migration):
    dependencies = [
        ("activity", "0002_fences"),
        ("orgs", "0002_fences"),
        ("sessions", "0001_initial"),
    ]

    operations = [
        migrations.RunSQL(TELL, HUSH),
        migrations.AddField("feed", "forgotten", models.BigIntegerField(default=0, db_default=0)),
        migrations.AddField("sharefeed", "forgotten", models.BigIntegerField(default=0, db_default=0)),
        *[
            migrations.RunSQL(
                f"CREATE POLICY definer ON {table} TO dam_definer USING (true) WITH CHECK (true)",
                f"DROP POLICY definer ON {table}",
            )
            for table in ("activity_feed", "activity_numbered", "activity_sharefeed", "activity_shareevent")
        ],
        *[
            migrations.RunSQL(*let_definer_read(table, rights))
            for table, rights in (
                ("activity_feed", "SELECT, UPDATE"),
                ("activity_numbered", "SELECT, DELETE"),
                ("activity_sharefeed", "SELECT, UPDATE"),
                ("activity_shareevent", "SELECT, DELETE"),
            )
        ],
        door(
            "feeds_forget(before timestamptz, most integer)",
            "bigint",
            FORGET,
            language="plpgsql",
            volatile=True,
        ),
        door(
            "share_feeds_forget(before timestamptz)",
            "bigint",
            FORGET_SHARES,
            language="plpgsql",
            volatile=True,
        ),
        # Which organisations have something to forget: ids only.
        door(
            "feeds_old(before timestamptz)",
            "SETOF uuid",
            "SELECT f.organization_id FROM activity_feed f WHERE before > (SELECT n.created_at "
            "FROM activity_numbered n WHERE n.organization_id = f.organization_id ORDER BY n.number LIMIT 1) "
            "UNION SELECT e.organization_id FROM activity_shareevent e WHERE e.created_at < before",
        ),
    ]
