"""Indexes for tables that are in use: Postgres makes them while rows are written, SQLite as ever."""

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently as PostgresOnly
from django.db.migrations import AddIndex


class AddIndexConcurrently(PostgresOnly):
    """For a migration of its own with `atomic = False`; what makes the index then locks nobody out."""

    def database_forwards(self, app_label: str, schema_editor: Any, *states: Any) -> None:
        how = PostgresOnly if schema_editor.connection.vendor == "postgresql" else AddIndex
        how.database_forwards(self, app_label, schema_editor, *states)

    def database_backwards(self, app_label: str, schema_editor: Any, *states: Any) -> None:
        how = PostgresOnly if schema_editor.connection.vendor == "postgresql" else AddIndex
        how.database_backwards(self, app_label, schema_editor, *states)
