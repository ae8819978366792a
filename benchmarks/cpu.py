"""What processes have used of the processors so far, in seconds, from Linux's books."""

import os
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import psycopg2

TICKS = os.sysconf("SC_CLK_TCK")


Seconds = dict[int, float]  # process id -> what it has used


def of_group(group: int) -> Seconds:
    """The processes of a group."""
    return _used(lambda fields, _command: int(fields[2]) == group)


def of_process(process: int) -> float:
    """One process."""
    return _seconds((Path("/proc") / str(process) / "stat").read_text())


def of_backends(address: str, name: str) -> Seconds:
    """The Postgres processes that work for whoever calls itself `name` (application_name) in the database there."""
    with closing(psycopg2.connect(address)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE application_name = %s", [name])
        return {pid: of_process(pid) for (pid,) in cursor.fetchall()}


def of_command(part: str) -> Seconds:
    """The processes whose command line holds `part`; those of Postgres name their database there."""
    return _used(lambda _fields, command: part in command)


def spent(before: Seconds, after: Seconds) -> float:
    """What processes have used between two looks; without those that ended in between."""
    return sum(seconds - before.get(process, 0) for process, seconds in after.items())


def _used(is_meant: Callable[[list[str], str], bool]) -> Seconds:
    seconds = {}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended meanwhile
            stat = (process / "stat").read_text()
            fields = stat.rpartition(")")[2].split()
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if is_meant(fields, command):
                seconds[int(process.name)] = _seconds(stat)
    return seconds


def _seconds(stat: str) -> float:
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
