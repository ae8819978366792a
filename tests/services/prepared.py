"""What the shops of a test run start from: made by the first of its kind, copied by those that follow.

Migrations, the demo catalogue and hashed static files take half a minute of work, and are the same each time.
"""

import atexit
import shutil
import tempfile
from collections.abc import Callable, Hashable
from functools import cache
from pathlib import Path

from tests.environment import POSTGRES

from . import leftovers

_patterns: dict[Hashable, str] = {}  # kind of shop -> the database to copy; its pictures lie beside it


@cache
def folder() -> Path:
    """For what shops share until this process ends."""
    place = Path(tempfile.mkdtemp(prefix="shop-prepared-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return place


def furnish(kind: Hashable, *, postgres: str, name: str, media: Path, fill: Callable[[], None]) -> None:
    """Create the database `name` and the folder `media`: copies of what `fill` made for the first shop of this kind.

    On a Postgres of a test's own everything is made anew.
    """
    pattern = _patterns.get(kind) if postgres == POSTGRES else None
    if pattern:
        leftovers.sql(postgres, f'CREATE DATABASE "{name}" TEMPLATE "{pattern}"')
        shutil.copytree(folder() / pattern, media)
        return
    leftovers.sql(postgres, f'CREATE DATABASE "{name}"')
    fill()
    media.mkdir(exist_ok=True)
    if postgres == POSTGRES:
        _patterns[kind] = _keep(name, media)


def _keep(name: str, media: Path) -> str:
    pattern = leftovers.new_name()
    leftovers.sql(POSTGRES, f'CREATE DATABASE "{pattern}" TEMPLATE "{name}"')
    atexit.register(leftovers.drop, POSTGRES, pattern)
    shutil.copytree(media, folder() / pattern)
    return pattern
