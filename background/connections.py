"""Spares the health check of connections: a query that fails on a broken one is run again on a new one."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

T = TypeVar("T")


def read_again_if_broken(read: Callable[[BaseDatabaseWrapper], T]) -> T:
    """What `read` returns, which changes nothing. Where it is what a request first asks, it finds out whether the
    connection that is left from the request before still holds; Django would ask an extra question for that.
    """
    connection: Any = connections[DEFAULT_DB_ALIAS]
    if connection.in_atomic_block or connection.health_check_done or connection.connection is None:
        return read(connection)
    connection.health_check_done = True
    try:
        return read(connection)
    except (InterfaceError, OperationalError):
        if connection.is_usable():
            raise
        connection.close()
        return read(connection)
