"""Queries whose SQL a process works out once: for most of them that takes several times as long as to run them."""

from collections.abc import Callable
from copy import copy
from functools import cached_property
from typing import Any, Generic, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Expression, Field, Model, QuerySet
from django.db.models.sql import Query
from django.db.models.sql.compiler import SQLCompiler
from django.http import Http404

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
    """

    def __init__(self, build: Callable[[], "QuerySet[M]"]) -> None:
        self._build = build

    def __call__(self, **values: Any) -> list[M]:
        compiler, sql, params = self._worked_out
        running = copy(compiler)
        running.connection = connections[DEFAULT_DB_ALIAS]
        filled = [_filled(param, values, running.connection) for param in params]
        running.as_sql = lambda: (sql, filled)  # type: ignore[method-assign, assignment, misc]
        return list(QuerySet(compiler.query.model, cast(Query, _Known(running))))

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


class _Known:
    """Stands in for the query of a QuerySet: it knows its compiler, which is all that making rows asks of it."""

    def __init__(self, compiler: SQLCompiler) -> None:
        self._compiler = compiler

    def get_compiler(self, using: str) -> SQLCompiler:
        return self._compiler


def _filled(param: Any, values: dict[str, Any], connection: Any) -> Any:
    return param.output_field.get_db_prep_value(values[param.name], connection) if isinstance(param, Given) else param
