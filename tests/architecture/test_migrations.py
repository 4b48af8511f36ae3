"""What a migration may not do to tables that grow without bound, nor leave half done."""

from __future__ import annotations

from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import AddIndex, CreateModel

from dam.core.steps import MigrationInSteps
from tests.architecture.test_house import ORDER

#: Tables of which one organisation may have hundreds of thousands of rows.
LARGE = {
    "assets": {"asset", "version", "master", "sidecar", "searchentry", "fieldvalue", "collectionitem", "tagcount"},
    "activity": {"event", "numbered", "shareevent"},
    "comments": {"comment"},
    "previews": {"preview", "markedcopy"},
    "ingest": {"upload", "manifest"},
    "shares": {"shareaccess"},
    "exchange": {"mirrorentry"},
}  # fmt: skip


def test_indexes_of_large_tables_are_built_beside_their_writers() -> None:
    locking: list[str] = []
    for (room, name), migration in MigrationLoader(None).disk_migrations.items():
        if room not in ORDER:
            continue
        made = {each.name_lower for each in migration.operations if isinstance(each, CreateModel)}
        large = LARGE.get(room, set()) - made
        plain = [each for each in migration.operations if type(each) is AddIndex]
        locking += [f"{room}.{name}: {each.index.name}" for each in plain if each.model_name_lower in large]

    assert locking == []


def test_migrations_that_are_committed_bit_by_bit_go_on_where_they_were_stopped() -> None:
    bit_by_bit = [
        migration
        for (room, _), migration in MigrationLoader(None).disk_migrations.items()
        if room in ORDER and not migration.atomic
    ]

    assert [str(each) for each in bit_by_bit if not isinstance(each, MigrationInSteps)] == []
    assert bit_by_bit
