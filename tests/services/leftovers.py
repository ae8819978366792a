"""What test shops keep on servers that all share, and its removal where a run was killed before it could tidy up.

A shop's name tells the machine and the process that made it. Its database goes last, so it marks what else is left;
where that was on a Postgres of the shop's own, which is gone as well, an empty file does.
"""

import os
import platform
import re
import tempfile
import uuid
import zlib
from functools import cache
from pathlib import Path
from typing import Any

import psycopg2
from kombu import Connection, Exchange

from background import topology
from tests.environment import RABBITMQ

HERE = f"{zlib.crc32(platform.node().encode()):08x}"  # processes of other machines cannot be seen from this one

MARKS = Path(tempfile.gettempdir()) / "shop-stacks"


def mark(name: str) -> None:
    """Note that a shop of this name keeps something on servers that all share, until `remove`."""
    MARKS.mkdir(exist_ok=True)
    (MARKS / name).touch()


def new_name() -> str:
    return f"stack_{HERE}_{os.getpid()}_{uuid.uuid4().hex[:8]}"


def is_left_over(name: str) -> bool:
    """Whether the process that made the shop of this name is gone."""
    made = re.fullmatch(rf"stack_{HERE}_(\d+)_\w+", name)
    if not made:
        return False
    try:
        os.kill(int(made[1]), 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # somebody else's
        return False
    return False


@cache
def tidy_up(postgres: str) -> list[str]:
    """Remove what killed runs left on this Postgres and on RabbitMQ; their shops' names. Looks once in a process."""
    names = sql(postgres, "SELECT datname FROM pg_database WHERE datname LIKE 'stack\\_%'")
    marked = [file.name for file in MARKS.glob("stack_*")]
    left_over = [name for name in sorted({name for (name,) in names} | set(marked)) if is_left_over(name)]
    for name in left_over:
        remove(postgres, name)
    return left_over


def remove(postgres: str, name: str) -> None:
    """Delete the queues, the exchanges and the database of a shop. What is not there is no matter."""
    with Connection(RABBITMQ) as connection:
        channel = connection.default_channel
        for queue in [*topology.queues(name, RABBITMQ), topology.dead_letters(name)]:
            queue(channel).delete()
            queue.exchange(channel).delete()
        for other in (f"{name}.control.pidbox", f"reply.{name}.control.pidbox", f"{name}.events"):
            Exchange(other)(channel).delete()
    drop(postgres, name)
    (MARKS / name).unlink(missing_ok=True)


def drop(postgres: str, database: str) -> None:
    sql(postgres, f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


def sql(postgres: str, statement: str) -> list[tuple[Any, ...]]:
    """Run a statement outside of any transaction; its rows, if it has some."""
    connection = psycopg2.connect(postgres)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()
