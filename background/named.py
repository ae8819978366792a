"""Statements that Postgres knows by name on a connection, and so plans once: for small ones that is most of their work.

Only outside transactions: what fails there, such as a name that a pooler's other connection does not know, or a column
that a migration has made longer, is run without a name on a new connection.
"""

import hashlib
from typing import Any
from weakref import WeakKeyDictionary

from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg2.errors import DuplicatePreparedStatement, FeatureNotSupported, InvalidSqlStatementName

LOST = (DuplicatePreparedStatement, FeatureNotSupported, InvalidSqlStatementName)

_known: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()  # of each of psycopg2's connections


class Named:
    """A statement with `$1` in place of its first value, and so on; `execute` is how a cursor calls it."""

    def __init__(self, sql: str, values: int) -> None:
        self._name = f"shop_{hashlib.sha256(sql.encode()).hexdigest()[:16]}"
        self._prepare = f"PREPARE {self._name} AS {sql}"
        places = ", ".join(["%s"] * values)
        self.execute = f"EXECUTE {self._name} ({places})" if values else f"EXECUTE {self._name}"

    def make_known(self, connection: BaseDatabaseWrapper) -> None:
        connection.ensure_connection()
        names = _known.setdefault(connection.connection, set())
        if self._name not in names:
            with connection.cursor() as cursor:
                cursor.execute(self._prepare)
            names.add(self._name)


def written(connection: BaseDatabaseWrapper, value: Any) -> str:
    """A value as it stands in SQL."""
    with connection.cursor() as cursor:
        return str(cursor.mogrify("%s", [value]).decode())


def is_lost(error: Exception) -> bool:
    return isinstance(error.__cause__, LOST)
