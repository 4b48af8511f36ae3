"""Rights of the application and the definer role, before any table exists; and the registry behind `organization_of`."""

from django.conf import settings
from django.db import migrations

ROLES = settings.DATABASE_ROLES


class Migration(migrations.Migration):
    initial = True
    run_before = [
        ("contenttypes", "0001_initial"),
        ("auth", "0001_initial"),
        ("sessions", "0001_initial"),
        ("orgs", "0001_people_and_places"),
    ]

    operations = [
        migrations.RunSQL(
            f"""
            GRANT USAGE ON SCHEMA public TO {ROLES["app"]}, {ROLES["definer"]};
            GRANT CREATE ON SCHEMA public TO {ROLES["definer"]};
            ALTER DEFAULT PRIVILEGES IN SCHEMA public
                GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {ROLES["app"]};
            ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO {ROLES["app"]};
            GRANT SELECT ON django_migrations TO {ROLES["app"]};
            """,
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            f"""
            CREATE TABLE core_kind (kind text PRIMARY KEY, table_name text NOT NULL);
            REVOKE ALL ON core_kind FROM {ROLES["app"]};
            GRANT SELECT ON core_kind TO {ROLES["definer"]};
            CREATE FUNCTION organization_of(kind text, key uuid) RETURNS uuid
                LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $door$
            DECLARE owner uuid; relation text;
            BEGIN
                SELECT k.table_name INTO relation FROM core_kind k WHERE k.kind = organization_of.kind;
                IF relation IS NULL THEN RAISE EXCEPTION 'unknown kind %', kind; END IF;
                EXECUTE format('SELECT organization_id FROM %I WHERE id = $1', relation) INTO owner USING key;
                RETURN owner;
            END $door$;
            REVOKE ALL ON FUNCTION organization_of FROM PUBLIC;
            GRANT EXECUTE ON FUNCTION organization_of TO {ROLES["app"]}, {ROLES["migrator"]};
            ALTER FUNCTION organization_of OWNER TO {ROLES["definer"]};
            """,
            "DROP FUNCTION organization_of; DROP TABLE core_kind;",
        ),
    ]
