"""Upgrades that are killed halfway: begun again they end as if nothing had been, and do nothing twice."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Thread
from typing import ClassVar

import psycopg
import pytest
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import DatabaseError, connections, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from psycopg import sql

from bench import catalogue
from dam.core.steps import MigrationInSteps, forget_steps
from tests.core.upgrades import apply, database_to_upgrade, kill, migrating

BATCH = 40
SHAPE = """
    SELECT 'column', table_name || '.' || column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT 'constraint', conname::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT 'index', indexrelid::regclass::text, indisvalid::text FROM pg_index
        WHERE indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
    UNION ALL SELECT 'books', title, pages::text FROM books_book
    ORDER BY 1, 2, 3
"""


def count_pages(apps, schema_editor):
    """As fillings of large tables do it: some rows at a time, each time committed, and only those that lack it."""
    books = apps.get_model("books", "Book").objects.using(schema_editor.connection.alias)
    while batch := list(books.filter(pages=None).order_by("id").values_list("id", flat=True)[:2]):
        books.filter(id__in=batch).update(pages=7)


class Books(MigrationInSteps):
    operations: ClassVar = [
        migrations.CreateModel("Shelf", [("id", models.BigAutoField(primary_key=True))]),
        migrations.CreateModel(
            "Book",
            [
                ("id", models.BigAutoField(primary_key=True)),
                ("title", models.TextField()),
                ("shelf", models.ForeignKey("books.Shelf", models.CASCADE)),
            ],
        ),
        migrations.RunSQL(
            "INSERT INTO books_shelf DEFAULT VALUES;"
            "INSERT INTO books_book (title, shelf_id) SELECT n::text, s.id FROM generate_series(1, 5) n, books_shelf s"
        ),
        migrations.AddField("book", "pages", models.IntegerField(null=True)),
        migrations.RunPython(count_pages, migrations.RunPython.noop),
        AddIndexConcurrently("book", models.Index(fields=["pages", "id"], name="books_book_pages")),
        migrations.AddConstraint("book", models.UniqueConstraint(fields=["title"], name="books_book_once")),
    ]


BOOKS = Books("0001_books", "books")


@pytest.fixture
def empty() -> Iterator[str]:
    with database_to_upgrade(template="template1") as address:
        yield address


def shape_of(address: str) -> list[tuple[object, ...]]:
    with psycopg.connect(address) as link:
        return link.execute(SHAPE).fetchall()


def forget(address: str) -> None:
    with psycopg.connect(address) as link:
        link.execute("DROP TABLE books_book, books_shelf, django_migrations")


def test_an_upgrade_killed_after_whatever_statement_ends_as_one_that_was_not(empty: str):
    statements = apply(empty, BOOKS, state=ProjectState())
    whole = shape_of(empty)
    forget(empty)

    # Each step has some four statements: every other one is after, before and in the middle of each.
    for killed_after in range(1, statements, 2):
        with pytest.raises(DatabaseError):
            apply(empty, BOOKS, state=ProjectState(), killed_after=killed_after)
        apply(empty, BOOKS, state=ProjectState())

        assert shape_of(empty) == whole, killed_after
        forget(empty)


def test_an_index_that_was_left_half_built_is_built_anew(empty: str):
    apply(empty, BOOKS, state=ProjectState())
    with psycopg.connect(empty) as link:
        link.execute("DROP INDEX books_book_pages")
        link.execute("DELETE FROM django_migrations WHERE name IN ('0001_books', '0001_books#5')")
    with psycopg.connect(empty) as writer:
        writer.execute("UPDATE books_book SET title = title")
        upgrading = Thread(target=apply_to_death, args=[empty])
        upgrading.start()
        kill(empty, waiting_builder(empty))
        upgrading.join()
    assert ("index", "books_book_pages", "false") in shape_of(empty)

    apply(empty, BOOKS, state=ProjectState())

    assert ("index", "books_book_pages", "true") in shape_of(empty)


def apply_to_death(address: str) -> None:
    with pytest.raises(DatabaseError):
        apply(address, BOOKS, state=ProjectState())
    connections.close_all()


def waiting_builder(address: str) -> int:
    """Wait until an index is being built behind the writer; answer whose connection builds it."""
    asked = "SELECT pid FROM pg_stat_progress_create_index WHERE lockers_total > 0 AND relid = 'books_book'::regclass"
    with psycopg.connect(address, autocommit=True) as link:
        while not (found := link.execute(asked).fetchone()):
            link.execute("SELECT pg_sleep(0.01)")
        return int(found[0])


def test_lines_of_steps_go_when_the_migration_is_done(empty: str):
    apply(empty, BOOKS, state=ProjectState())

    with migrating(empty) as link:
        forget_steps(link)

    with psycopg.connect(empty) as link:
        assert link.execute("SELECT name FROM django_migrations").fetchall() == [("0001_books",)]


@pytest.fixture
def catalogued() -> Iterator[str]:
    """The address of a small catalogue: some hundred assets with heads and comments."""
    with database_to_upgrade(template="dam") as address:
        with psycopg.connect(address) as link:
            catalogue.fill(link, catalogue.Sizes(assets=300, comments=300, events=1, jobs=1, words=100))
        yield address


@pytest.mark.parametrize(
    ("room", "name", "undo", "done"),
    [
        ("assets", "0026_rows_of_lists", "head_sha256 = NULL, head_number = NULL", "head_sha256 IS NOT NULL"),
        ("comments", "0003_counted", "comment_count = 0", "comment_count > 0"),
    ],
)
def test_columns_that_are_filled_in_batches_are_filled_once(
    catalogued: str, monkeypatch, room, name, undo, done
):
    loader = MigrationLoader(None)
    migration, state = loader.get_migration(room, name), loader.project_state((room, name), at_end=False)
    monkeypatch.setattr(f"{room}.migrations.{name}.BATCH", BATCH)
    everything = filled(catalogued, done)
    with psycopg.connect(catalogued) as link:
        link.execute(sql.SQL("UPDATE assets_asset SET {}").format(sql.SQL(undo)))

    with pytest.raises(DatabaseError):
        apply(catalogued, migration, state=state, killed_after=4, of="UPDATE assets_asset")
    half = filled(catalogued, done)
    apply(catalogued, migration, state=state)

    whole = filled(catalogued, done)
    assert 0 < len(half) < len(everything)
    assert whole.keys() == everything.keys()
    assert {asset: whole[asset] for asset in half} == half


def filled(address: str, done: str) -> dict[object, object]:
    """Answer the assets that are filled, each with the transaction that wrote its row last."""
    with psycopg.connect(address) as link:
        asked = sql.SQL("SELECT id, xmin::text FROM assets_asset WHERE {}").format(sql.SQL(done))
        return dict(link.execute(asked).fetchall())
