"""Indexes for tables that are in use: Postgres makes them while rows are written, SQLite as ever."""

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently as PostgresOnly
from django.db.migrations import AddIndex

from .locks import waiting_at_most

# For the end of every transaction that was open before; nobody has to wait for us meanwhile.
PATIENCE = "10min"


class AddIndexConcurrently(PostgresOnly):
    """For a migration of its own with `atomic = False`; what makes the index then locks nobody out."""

    def database_forwards(self, app_label: str, schema_editor: Any, *states: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            AddIndex.database_forwards(self, app_label, schema_editor, *states)
            return
        with waiting_at_most(PATIENCE, schema_editor.connection):
            # What a try leaves that was broken off: an index that is kept up to date and used by nobody.
            schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(self.index.name)}")
            super().database_forwards(app_label, schema_editor, *states)

    def database_backwards(self, app_label: str, schema_editor: Any, *states: Any) -> None:
        how = PostgresOnly if schema_editor.connection.vendor == "postgresql" else AddIndex
        how.database_backwards(self, app_label, schema_editor, *states)
