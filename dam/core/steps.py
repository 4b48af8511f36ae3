"""Migrations of large tables: each step is committed by itself, and one that was stopped goes on with the step it was at.

Django commits an `atomic = False` migration bit by bit but remembers it only as a whole: stopped halfway it would find
its own columns and indexes there, and refuse. Here each step that is done has a line of its own beside Django's,
`{migration}#{number}`, written with what the step changes; the migrate command takes the lines away in the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations
from django.db.migrations.recorder import MigrationRecorder
from django.db.transaction import atomic

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.operations.base import Operation
    from django.db.migrations.state import ProjectState

#: What no transaction may hold, and what commits by itself, some rows at a time.
BY_THEMSELVES = (AddIndexConcurrently, RemoveIndexConcurrently, migrations.RunPython)


class MigrationInSteps(migrations.Migration):
    """A migration whose operations are committed one by one and never done twice.

    An operation of Django's kind runs in a transaction of its own. Indexes are built and dropped beside writers; a
    half-built one is built anew. Python commits what it does by itself, some rows at a time: it begins anew when it was
    stopped, and SHALL leave alone what it has done before.
    """

    atomic = False

    def apply(
        self,
        project_state: ProjectState,
        schema_editor: BaseDatabaseSchemaEditor,
        collect_sql: bool = False,  # noqa: FBT001, FBT002  Django's own signature
    ) -> ProjectState:
        """Do the steps that are not done yet; answer the state after all of them."""
        if collect_sql:
            return super().apply(project_state, schema_editor, collect_sql)
        done = _lines(schema_editor.connection, app=self.app_label, name=self.name)
        for number, operation in enumerate(self.operations):
            before = project_state.clone()
            operation.state_forwards(self.app_label, project_state)
            line = f"{self.name}#{number}"
            if line not in done:
                self._do(operation, schema_editor, before=before, after=project_state, line=line)
        return project_state

    def unapply(
        self,
        project_state: ProjectState,
        schema_editor: BaseDatabaseSchemaEditor,
        collect_sql: bool = False,  # noqa: FBT001, FBT002  Django's own signature
    ) -> ProjectState:
        """Go back, and forget which steps were done."""
        if not collect_sql:
            forget_steps(schema_editor.connection, app=self.app_label, name=self.name)
        return super().unapply(project_state, schema_editor, collect_sql)

    def _do(
        self,
        operation: Operation,
        editor: BaseDatabaseSchemaEditor,
        *,
        before: ProjectState,
        after: ProjectState,
        line: str,
    ) -> None:
        if isinstance(operation, AddIndexConcurrently):
            editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {editor.quote_name(operation.index.name)}")
        if isinstance(operation, BY_THEMSELVES):
            operation.database_forwards(self.app_label, editor, before, after)
            self._note(editor, line=line)
            return
        with atomic(editor.connection.alias):
            operation.database_forwards(self.app_label, editor, before, after)
            # Keys and indexes that Django leaves for the end of the migration belong to the step that asks for them.
            while editor.deferred_sql:
                editor.execute(editor.deferred_sql.pop(0), None)
            self._note(editor, line=line)

    def _note(self, editor: BaseDatabaseSchemaEditor, *, line: str) -> None:
        MigrationRecorder(editor.connection).record_applied(self.app_label, line)


def forget_steps(connection: BaseDatabaseWrapper, *, app: str | None = None, name: str | None = None) -> None:
    """Take away the lines of one migration's steps, or of all migrations that are done."""
    recorder = MigrationRecorder(connection)
    if not recorder.has_table():
        return
    applied = recorder.applied_migrations()
    for room, line in applied:
        migration, mark, _ = line.partition("#")
        is_over = (room, migration) in applied if app is None else (room, migration) == (app, name)
        if mark and is_over:
            recorder.record_unapplied(room, line)


def _lines(connection: BaseDatabaseWrapper, *, app: str, name: str) -> set[str]:
    return {
        line
        for room, line in MigrationRecorder(connection).applied_migrations()
        if room == app and line.startswith(f"{name}#")
    }
