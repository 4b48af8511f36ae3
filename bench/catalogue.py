"""A large catalogue for benchmarks and query plans: a whale of a tenant, a small one, and many beside them.

Made by the database itself, as the role that owns the tables, in a database that nobody else uses: its foreign keys
and indexes are taken away while the rows come in, and the foreign keys stay away.
"""

import hashlib
from dataclasses import dataclass
from uuid import UUID

import psycopg

#: Of a hundred assets the whale holds forty, the small tenant one in a thousand.
ORGANIZATIONS, WHALE, SMALL = 200, 1, 150
WHALE_PROJECTS, OTHER_PROJECTS = 200, 10
TOKENS = {"whale": "dam_bench-whale", "small": "dam_bench-small", "member": "dam_bench-member"}
#: Custom fields of every organisation: their types, what an asset holds under them, and the column that compares it.
FIELDS = {
    "niche": ("text", "tag", "as_text"),
    "take": ("number", "n % 9", "as_number"),
    "shot": ("date", "(at AT TIME ZONE 'UTC')::date::text", "as_time"),
}
#: One asset in five has an older version besides its current one.
STACKED = "n % 10 IN (1, 2)"
#: The same words in letters alone: those that a mistyped one may mean. So many of them to a thousand words.
LEARNT = 100
#: Comments, activity and jobs are spread over the assets in steps of this prime.
STEP = 7919
#: One title in seven says the same in Latin letters and in Chinese: what search finds by either, and how it is entered.
TWICE, LATIN, CHINESE = "n % 7 = 0", "harbour", "夜景"
ENTERED = f"{LATIN}:15A {CHINESE}:16A {CHINESE[1]}:17A"
#: Rows stand in time order, one a minute, the newest now; keys are of their time, as the application makes them.
TIME = "now() - make_interval(mins => {total} - {n})"
FILL = {
    "text": "''", "character varying": "''", "jsonb": "'{{}}'::jsonb", "ARRAY": "'{{}}'", "boolean": "false",
    "integer": "0", "smallint": "0", "bigint": "0", "double precision": "0",
    "timestamp with time zone": "now()", "uuid": "uuidv7()", "bytea": "''",
}  # fmt: skip


@dataclass(frozen=True)
class Sizes:
    """How many rows there are."""

    assets: int
    comments: int
    events: int
    jobs: int
    words: int = 20_000

    @classmethod
    def of(cls, assets: int) -> "Sizes":
        """Answer the proportions of a working platform: three comments to an asset."""
        return cls(assets=assets, comments=3 * assets, events=assets, jobs=assets // 2)


def organization_id(number: int) -> UUID:
    return _known(1, number)


def user_id(name: str) -> UUID:
    return _known(2, list(TOKENS).index(name))


def project_id(organization: int, number: int) -> UUID:
    return _known(3, organization * 1000 + number)


def collection_id(organization: int) -> UUID:
    return _known(4, organization)


def field_id(organization: int, key: str) -> UUID:
    return _known(5, organization * 100 + list(FIELDS).index(key))


def _known(kind: int, number: int) -> UUID:
    return UUID(f"0190000{kind}-0000-7000-8000-{number:012d}")


def _key(kind: int, number: str) -> str:
    """The SQL of `_known`."""
    return f"('0190000{kind}-0000-7000-8000-' || lpad(({number})::text, 12, '0'))::uuid"


def fill(connection: psycopg.Connection, sizes: Sizes) -> None:
    """Fill an empty, migrated database; `connection` belongs to the role that owns the tables."""
    tables = (
        "assets_master", "assets_asset", "assets_version", "assets_search", "assets_fieldvalue", "assets_lexicon",
        "previews_preview", "comments_comment", "activity_event", "jobs_job", "assets_collectionitem",
    )  # fmt: skip
    for name, value in (
        ("maintenance_work_mem", "512MB"),
        ("work_mem", "256MB"),
        ("synchronous_commit", "off"),
    ):
        connection.execute(f"SET {name} = '{value}'")
    _drop_foreign_keys(connection)
    _people(connection)
    indexes = [each for table in tables for each in _drop_indexes(connection, table)]
    _assets(connection, sizes)
    _fields(connection)
    _found(connection)
    _around_assets(connection, sizes)
    for definition in indexes:
        connection.execute(definition)
    connection.commit()
    connection.autocommit = True
    connection.execute("VACUUM (ANALYZE)")
    connection.autocommit = False


def _drop_foreign_keys(connection: psycopg.Connection) -> None:
    found = connection.execute(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype = 'f' AND conparentid = 0"
    ).fetchall()
    for table, name in found:
        connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')


def _drop_indexes(connection: psycopg.Connection, table: str) -> list[str]:
    """Take the indexes of a table away, and answer what makes them again."""
    keys = connection.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE conrelid = to_regclass(%s) AND contype IN ('p', 'u')",
        [table],
    ).fetchall()
    for name, _ in keys:
        connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    plain = connection.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
        "WHERE indrelid = to_regclass(%s)",
        [table],
    ).fetchall()
    for name, _ in plain:
        connection.execute(f"DROP INDEX {name}")
    return [f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}' for name, definition in keys] + [
        definition for _, definition in plain
    ]


def insert(connection: psycopg.Connection, table: str, values: dict[str, str], source: str) -> None:
    """Insert one row for each of the source's; a column that is not named gets the emptiest value it takes."""
    columns = connection.execute(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s "
        "AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'",
        [table],
    ).fetchall()
    rest = {name: FILL[kind].format() for name, kind in columns if name not in values}
    everything = values | rest
    names = ", ".join(f'"{name}"' for name in everything)
    connection.execute(f"INSERT INTO {table} ({names}) SELECT {', '.join(everything.values())} {source}")


def _people(connection: psycopg.Connection) -> None:
    """Make the organisations, their projects, and three people with a token each.

    `whale` and `small` are admins; `member` sees thirteen projects of the whale that hold nothing.
    """
    numbers = f"FROM generate_series(1, {ORGANIZATIONS}) n"
    insert(
        connection,
        "orgs_organization",
        {"id": _key(1, "n"), "name": "'Organisation ' || n", "slug": "'o' || n", "storage_limit": "1e15"},
        numbers,
    )
    insert(
        connection,
        "orgs_project",
        {
            "id": _key(3, "n * 1000 + p"),
            "organization_id": _key(1, "n"),
            "name": "'Project ' || p",
            "slug": "'p' || p",
            "status": "'active'",
        },
        f"{numbers} CROSS JOIN LATERAL generate_series(1, "
        f"CASE n WHEN {WHALE} THEN {WHALE_PROJECTS + 13} ELSE {OTHER_PROJECTS} END) p",
    )
    for name, token in TOKENS.items():
        _person(connection, name, token)
    insert(
        connection,
        "orgs_projectmembership",
        {
            "user_id": f"'{user_id('member')}'::uuid",
            "organization_id": f"'{organization_id(WHALE)}'",
            "project_id": _key(3, f"{WHALE * 1000 + WHALE_PROJECTS} + p"),
            "role": "'viewer'",
        },
        "FROM generate_series(1, 13) p",
    )


def _person(connection: psycopg.Connection, name: str, token: str) -> None:
    key = f"'{user_id(name)}'::uuid"
    digest = hashlib.sha256(token.encode()).hexdigest()
    org = SMALL if name == "small" else WHALE
    insert(
        connection,
        "orgs_user",
        {"id": key, "email": f"'{name}@example.test'", "name": f"'{name}'", "is_active": "true"},
        "",
    )
    token_row = {"user_id": key, "token_hash": f"'\\x{digest}'::bytea", "can_write": "true"}
    insert(connection, "orgs_apitoken", token_row, "")
    role = "member" if name == "member" else "admin"
    grant = {"user_id": key, "organization_id": f"'{organization_id(org)}'", "role": f"'{role}'"}
    insert(connection, "orgs_grant", grant, "")


def _assets(connection: psycopg.Connection, sizes: Sizes) -> None:
    """Write the plan of every asset into a temporary table: its tenant, project, time, words."""
    at = TIME.format(total=sizes.assets, n="n")
    word = "'w' || (power(random(), 3) * %s)::int" % sizes.words  # noqa: UP031  braces mean something here
    number = f"(power(random(), 3) * {sizes.words * LEARNT // 1000})::int"
    learnt = f"translate(left(md5({number}::text), 9), '0123456789', 'ghijklmnop')"
    connection.execute("SELECT setseed(0.42)")
    connection.execute(
        f"""
        CREATE TEMPORARY TABLE made AS
        SELECT n, org, {at} AS at, uuidv7({at} - now()) AS asset, uuidv7({at} - now()) AS version,
               uuidv7({at} - now()) AS master, encode(sha256(n::text::bytea), 'hex') AS sha256,
               uuidv7({at} - now()) AS master_before, encode(sha256((-n)::text::bytea), 'hex') AS sha256_before,
               1 + floor(random() * CASE org WHEN {WHALE} THEN {WHALE_PROJECTS} ELSE {OTHER_PROJECTS} END)::int AS project,
               (ARRAY['video', 'image', 'audio', 'document'])[1 + floor(power(random(), 2) * 4)::int] AS kind,
               (ARRAY[{", ".join([word] * 5)}]) AS words, {learnt} AS learnt,
               't' || (power(random(), 2) * 200)::int AS tag, (random() * 1e9)::bigint AS size
        FROM (SELECT n, CASE WHEN n % 5 < 2 THEN {WHALE} WHEN n % 1000 = 999 THEN {SMALL}
                        ELSE 2 + floor(power(random(), 2) * {ORGANIZATIONS - 2})::int END AS org
              FROM generate_series(1, {sizes.assets}) n) tenants
        """  # noqa: S608  our own words
    )
    connection.execute("ANALYZE made")
    _works(connection, sizes)


def _works(connection: psycopg.Connection, sizes: Sizes) -> None:
    """Make masters, assets and versions as planned."""
    common = {"organization_id": _key(1, "org"), "created_at": "at", "updated_at": "at"}
    bytes_of = {"sha256": "sha256", "size": "size"}
    held = ", ".join(f"'{key}', {value}" for key, (_, value, _) in FIELDS.items())
    before = {"sha256": "sha256_before", "size": "size"}
    # What the asset says of its current version, for filters and sorts.
    shown = {
        "name": "'Clip.mov'", "duration": "12.5 + n % 600", "width": "1920", "height": "1080", "captured_at": "at",
        "codec": "(ARRAY['h264', 'prores', 'hevc', 'av1'])[1 + n % 4]", "preview_state": "'ready'",
        "approval": "(ARRAY['none', 'none', 'approved', 'none', 'changes_requested'])[1 + n % 5]",
        "approved": "(n % 5 = 2)::int", "changes_requested": "(n % 5 = 4)::int",
    }  # fmt: skip
    twice = f"CASE WHEN {TWICE} THEN ' {LATIN} {CHINESE}' ELSE '' END"
    older = f"FROM made WHERE {STACKED} ORDER BY n"
    insert(connection, "assets_master", {"id": "master", **common, **bytes_of}, "FROM made ORDER BY n")
    insert(connection, "assets_master", {"id": "master_before", **common, **before}, older)
    insert(
        connection,
        "assets_asset",
        {
            "id": "asset", "title": f"array_to_string(words, ' ') || ' ' || learnt || {twice}", "kind": "kind", "tags": "ARRAY[tag]",
            "fields": f"jsonb_build_object({held})", "size": "size", "version_count": f"1 + ({STACKED})::int",
            "project_id": _key(3, "org * 1000 + project"), "current_version_id": "version", **common, **shown,
            "fps": "(ARRAY[25, 23.976, 29.97])[1 + n % 3]", "lines": "1080",
            "head_sha256": "sha256", "head_number": f"1 + ({STACKED})::int", "comment_count": _comments_on(sizes),
        },
        "FROM made ORDER BY n",
    )  # fmt: skip
    version = {
        "asset_id": "asset", "type": "'video/quicktime'", "kind": "kind", **shown,
        "frame_rate": "(ARRAY['25', '24000/1001', '30000/1001'])[1 + n % 3]",
        "meta": "jsonb_build_object('media', jsonb_build_object('codec', repeat('h264 ', 60)))", **common,
    }  # fmt: skip
    current = {"id": "version", "master_id": "master", "number": f"1 + ({STACKED})::int", **bytes_of}
    insert(connection, "assets_version", version | current, "FROM made ORDER BY n")
    first = {"id": "uuidv7(at - now())", "master_id": "master_before", "number": "1", **before}
    insert(connection, "assets_version", version | first, older)


def _comments_on(sizes: Sizes) -> str:
    """The SQL of how many of the comments that are spread later fall on asset `n`, as the database would count."""
    back = pow(STEP, -1, sizes.assets)
    first = f"((n - 1) * {back}::bigint - 1 + {sizes.assets}) % {sizes.assets} + 1"
    return f"({sizes.comments + sizes.assets} - ({first})) / {sizes.assets}"


def _fields(connection: psycopg.Connection) -> None:
    """Define custom fields, and enter their values where filters look for them."""
    for key, (kind, value, column) in FIELDS.items():
        mine = _key(5, f"org * 100 + {list(FIELDS).index(key)}")
        definition = {
            "id": mine, "organization_id": _key(1, "org"), "key": f"'{key}'", "name": f"'{key}'", "type": f"'{kind}'",
        }  # fmt: skip
        insert(connection, "assets_field", definition, f"FROM generate_series(1, {ORGANIZATIONS}) org")
        cast = {"as_text": "", "as_number": "::float8", "as_time": "::timestamp AT TIME ZONE 'UTC'"}[column]
        held = {
            "organization_id": _key(1, "org"), "asset_id": "asset", "field_id": mine, "created_at": "at",
            column: f"({value}){cast}",
        }  # fmt: skip
        insert(connection, "assets_fieldvalue", held, "FROM made ORDER BY n")


def _found(connection: psycopg.Connection) -> None:
    """Enter what search finds assets by, as `assets.search.vectors` writes it, and the words that may be meant."""
    places = "WITH ORDINALITY x(w, i)"
    titles = f"(SELECT string_agg(quote_literal(w) || ':' || 8 + i || 'A', ' ') FROM unnest(words || learnt) {places})"  # noqa: S608  our own words
    rest = "quote_literal('t=' || tag) || ' ' || quote_literal(tag) || ':24B,33C,42C clip:51C mov:52C'"
    entry = {
        "asset_id": "asset", "organization_id": _key(1, "org"), "created_at": "at",
        "words": f"({titles} || ' ' || {rest} || CASE WHEN {TWICE} THEN ' {ENTERED}' ELSE '' END)::tsvector",
    }  # fmt: skip
    insert(connection, "assets_search", entry, "FROM made ORDER BY n")
    known = {"organization_id": _key(1, "org"), "cut": "cut", "word": "word"}
    cuts = (
        "SELECT org, word, left(word, place - 1) || substr(left(word, 8), place + 1) AS cut "
        "FROM words CROSS JOIN generate_series(1, 8) place UNION SELECT org, word, left(word, 8) FROM words"
    )
    words = "WITH words AS (SELECT DISTINCT org, learnt AS word FROM made)"
    insert(connection, "assets_lexicon", known, f"FROM ({words} {cuts}) learnt")


def _around_assets(connection: psycopg.Connection, sizes: Sizes) -> None:
    """Give the assets previews, comments, activity, jobs and a collection of a thousand."""
    common = {"organization_id": _key(1, "org"), "created_at": "at", "updated_at": "at"}
    published = '["hls/master.m3u8", "mp4/proxy.mp4", "img/poster.webp", "img/300.webp", "img/storyboard.vtt", "img/storyboard-000.webp"]'
    insert(
        connection,
        "previews_preview",
        {
            "sha256": "sha256", "is_active": "true", "state": "'ready'", "recipe_version": "1",
            "published": f"'{published}'::jsonb", **common,
        },
        "FROM made ORDER BY n",
    )  # fmt: skip
    _spread(connection, sizes)
    for number in (WHALE, SMALL):
        _collection(connection, number)


def _spread(connection: psycopg.Connection, sizes: Sizes) -> None:
    """Spread comments, activity and jobs over the assets."""
    common = {"organization_id": _key(1, "org"), "created_at": "at", "updated_at": "at"}
    owner = {"organization_id": _key(1, "org"), "created_at": "at"}
    project = _key(3, "org * 1000 + project")
    spread = (
        f"FROM generate_series(1, {{}}) c JOIN made ON made.n = 1 + (c * {STEP}::bigint) % {sizes.assets}"
    )
    body = {"body": "'A remark of ordinary length on this very frame.'", "version_id": "version"}
    # The assets know how many there will be.
    connection.execute("ALTER TABLE comments_comment DISABLE TRIGGER USER")
    insert(connection, "comments_comment", {**body, **common}, spread.format(sizes.comments))
    connection.execute("ALTER TABLE comments_comment ENABLE TRIGGER USER")
    event = {
        "verb": "'asset.updated'", "actor_kind": "'user'", "target_kind": "'asset'", "target_id": "asset",
        "project_id": project, "asset_id": "asset", "id": "uuidv7(at - now())", **owner,
    }  # fmt: skip
    insert(connection, "activity_event", event, spread.format(sizes.events))
    job = {
        "kind": "'preview'", "queue": "'encode'", "state": "'succeeded'", "progress": "1", "project_id": project,
        "version_id": "version", "idem_key": "c::text", "id": "uuidv7(at - now())", **common,
    }  # fmt: skip
    insert(connection, "jobs_job", job, spread.format(sizes.jobs))


def _collection(connection: psycopg.Connection, number: int) -> None:
    """Collect the newest thousand assets of a tenant."""
    common = {"organization_id": _key(1, "org"), "created_at": "at", "updated_at": "at"}
    insert(
        connection,
        "assets_collection",
        {
            "id": f"'{collection_id(number)}'", "organization_id": f"'{organization_id(number)}'",
            "project_id": f"'{project_id(number, 1)}'", "name": "'Selects'", "kind": "'manual'",
        },
        "",
    )  # fmt: skip
    insert(
        connection,
        "assets_collectionitem",
        {"collection_id": f"'{collection_id(number)}'", "asset_id": "asset", **common},
        f"FROM (SELECT * FROM made WHERE org = {number} ORDER BY n DESC LIMIT 1000) newest",  # noqa: S608  a number
    )
