"""Queries whose SQL a process works out once: for most of them that takes several times as long as to run them."""

from collections.abc import Callable
from copy import copy
from functools import cached_property
from itertools import count
from typing import Any, Generic, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, Field, Model, QuerySet
from django.db.models.sql import Query
from django.db.models.sql.compiler import SQLCompiler
from django.http import Http404

from .connections import read_again_if_broken
from .named import Named, is_lost, written

M = TypeVar("M", bound=Model)


class Given(Expression):
    """Stands in a prepared query for the value of that name; the field says how the database writes it."""

    def __init__(self, name: str, field: "Field[Any, Any]") -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s", (self,)


class Prepared(Generic[M]):
    """A query of the ORM with `Given` in place of values. Called with them: the rows, as its queryset makes them.

    `build` makes the queryset, at the first call only: what it says of the time or of settings stays as it was then.
    `planned_once` has Postgres plan it once for each connection: where one plan suits all values.
    """

    def __init__(self, build: Callable[[], "QuerySet[M]"], *, planned_once: bool = False) -> None:
        self._build, self._planned_once = build, planned_once

    def __call__(self, **values: Any) -> list[M]:
        return read_again_if_broken(lambda connection: self._read(connection, values))

    def _read(self, connection: BaseDatabaseWrapper, values: dict[str, Any]) -> list[M]:
        if self._planned_once and connection.vendor == "postgresql" and not connection.in_atomic_block:
            try:
                return self._read_by_name(connection, values)
            except DatabaseError as error:
                if not is_lost(error):
                    raise
                connection.close()  # a new one knows no names
        _compiler, sql, params = self._worked_out
        return self._rows(connection, sql, [_filled(param, values, connection) for param in params])

    def _read_by_name(self, connection: BaseDatabaseWrapper, values: dict[str, Any]) -> list[M]:
        named, given = self._named
        named.make_known(connection)
        return self._rows(connection, named.execute, [_filled(param, values, connection) for param in given])

    def _rows(self, connection: BaseDatabaseWrapper, sql: str, filled: list[Any]) -> list[M]:
        running = copy(self._worked_out[0])
        running.connection = connection
        running.as_sql = lambda: (sql, filled)  # type: ignore[method-assign, assignment, misc]
        return list(QuerySet(running.query.model, cast(Query, _Known(running))))

    def first(self, **values: Any) -> M | None:
        """The first of the rows, None without any. All are read: for queries that find one."""
        return next(iter(self(**values)), None)

    def get_or_404(self, **values: Any) -> M:
        """`first`, for views. Raises Http404 without any."""
        row = self.first(**values)
        if row is None:
            raise Http404
        return row

    @cached_property
    def _worked_out(self) -> tuple[SQLCompiler, str, tuple[Any, ...]]:
        compiler = self._build().query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        converters = compiler.get_converters([column[0] for column in compiler.select])
        compiler.get_converters = lambda _columns: converters
        del compiler.connection  # else it stayed open when its thread has ended
        return compiler, sql, params

    @cached_property
    def _named(self) -> tuple[Named, list[Given]]:
        _compiler, sql, params = self._worked_out
        given, places = [param for param in params if isinstance(param, Given)], count(1)
        connection = connections[DEFAULT_DB_ALIAS]
        texts = [f"${next(places)}" if isinstance(param, Given) else written(connection, param) for param in params]
        return Named(sql % tuple(texts), len(given)), given


class _Known:
    """Stands in for the query of a QuerySet: it knows its compiler, which is all that making rows asks of it."""

    def __init__(self, compiler: SQLCompiler) -> None:
        self._compiler = compiler

    def get_compiler(self, using: str) -> SQLCompiler:
        return self._compiler


def _filled(param: Any, values: dict[str, Any], connection: Any) -> Any:
    return param.output_field.get_db_prep_value(values[param.name], connection) if isinstance(param, Given) else param
