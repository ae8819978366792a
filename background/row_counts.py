"""How many rows several queries find, asked of the database in one statement."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet


def counts(queries: Sequence["QuerySet[Any]"], most: int) -> list[int]:
    """How many rows each finds; beyond `most` nobody counts on. One statement, whatever they are about."""
    parts: list[str] = []
    values: list[Any] = []
    for rows in queries:
        sql, given = _select(rows, most)
        parts.append("(SELECT COUNT(*) FROM (" + sql + ") AS found)")  # noqa: S608 - of the ORM, not of a visitor
        values += given
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(parts), values)
        return list(cursor.fetchone())


def _select(rows: "QuerySet[Any]", most: int) -> tuple[str, list[Any]]:
    """In any order, so that the database may take the shortest way."""
    try:
        sql, values = rows.order_by().values("pk")[:most].query.sql_with_params()
    except EmptyResultSet:
        return "SELECT 1 WHERE 1 = 0", []
    return sql, list(values)
