"""Inserts rows by statements that a process words once: the ORM takes longer for that than the database to run them.

Nothing else that the ORM does for a row is done: no signals are sent.
"""

from functools import cache
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, Model
from django.db.models.expressions import DatabaseDefault


class _Statement(NamedTuple):
    """The fields whose values it takes, in its order; what stands before the values, and for each row; the key."""

    fields: list["Field[Any, Any]"]
    insert: str
    row: str
    key: str


def insert(*rows: Model) -> None:
    """Insert unsaved rows of one model in one statement, and let each know its primary key."""
    connection, statement = connections[DEFAULT_DB_ALIAS], _statement(type(rows[0]))
    values = [value for row in rows for value in _values(row, statement, connection)]
    places = ", ".join([statement.row] * len(rows))
    with connection.cursor() as cursor:
        cursor.execute(f"{statement.insert} VALUES {places} RETURNING {statement.key}", values)
        for row, (key,) in zip(rows, cursor.fetchall(), strict=True):
            _note(row, key)


def insert_new(row: Model) -> bool:
    """Insert an unsaved row unless one of its table's unique constraints knows it; whether it was inserted.

    Also at the same moment one wins, and no error is left in the database's log. A row that is known stays as it is,
    and `row` without a primary key.
    """
    connection, statement = connections[DEFAULT_DB_ALIAS], _statement(type(row))
    sql = f"{statement.insert} VALUES {statement.row} ON CONFLICT DO NOTHING RETURNING {statement.key}"
    with connection.cursor() as cursor:
        cursor.execute(sql, _values(row, statement, connection))
        inserted = cursor.fetchone()
    _note(row, inserted and inserted[0])
    return inserted is not None


def _note(row: Model, key: Any) -> None:
    row.pk = key
    row._state.adding, row._state.db = key is None, DEFAULT_DB_ALIAS


@cache
def _statement(model: type[Model]) -> _Statement:
    meta, quoted = model._meta, connections[DEFAULT_DB_ALIAS].ops.quote_name
    fields = [field for field in meta.concrete_fields if not field.primary_key and not field.generated]
    columns = ", ".join(quoted(field.column or "") for field in fields)
    insert = f"INSERT INTO {quoted(meta.db_table)} ({columns})"
    return _Statement(fields, insert, f"({', '.join(['%s'] * len(fields))})", quoted(meta.pk.column or ""))


def _values(row: Model, statement: _Statement, connection: BaseDatabaseWrapper) -> list[Any]:
    return [field.get_db_prep_save(_value(row, field), connection) for field in statement.fields]


def _value(row: Model, field: "Field[Any, Any]") -> Any:
    """What the row has in the field; what the database would put there, where that is left to it."""
    value = field.pre_save(row, add=True)
    return field.db_default if isinstance(value, DatabaseDefault) else value
