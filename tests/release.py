"""Compares the schema of the database with the models of the last release, whose code runs on it while an update lasts.

deploy/released-migrations names the last migration of each room in that release. `make release` writes it anew.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

ROOT = Path(__file__).resolve().parent.parent
RELEASED = ROOT / "deploy" / "released-migrations"
HEAD = """# The last migrations of the release that runs, by room; `make release` writes them when one is made. Its code
# meets every newer migration while an update lasts, so these may only add: see CONTRIBUTING.md, "Change a table".
"""


def rooms() -> set[str]:
    return {config.label for config in apps.get_app_configs() if Path(config.path).parent == ROOT}


def leaves() -> list[tuple[str, str]]:
    """The newest migration of each room."""
    ours = rooms()
    return sorted((app, name) for app, name in MigrationLoader(None).graph.leaf_nodes() if app in ours)


def released() -> list[tuple[str, str]]:
    lines = [line.split() for line in RELEASED.read_text().splitlines() if not line.startswith("#")]
    return [(app, name) for app, name in lines]


def released_state() -> ProjectState:
    """The models as the last release knows them."""
    loader = MigrationLoader(None)
    newer = set(leaves()) - set(released())
    return loader.project_state(released()) if newer else loader.project_state()


def breaks(before: ProjectState) -> Iterator[str]:
    """What the database does not have, or asks, that code with these models cannot know; a sentence each."""
    ours, now = rooms(), MigrationLoader(None).project_state()
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        for key, state in sorted(before.models.items()):
            if key[0] not in ours or not state.options.get("managed", True) or state.options.get("proxy"):
                continue
            model = before.apps.get_model(*key)
            table = model._meta.db_table
            if table not in tables:
                yield f"{table} is gone"
                continue
            there = {column.name: column for column in connection.introspection.get_table_description(cursor, table)}
            yield from _columns(model, there)
            yield from _constraints(table, state.options, now.models[key].options if key in now.models else {})


def _columns(model: type[models.Model], there: dict[str, Any]) -> Iterator[str]:
    table = model._meta.db_table
    known = {field.column: field for field in model._meta.local_concrete_fields}
    for name, field in known.items():
        if name not in there:
            yield f"{table}.{name} is gone"
        elif field.null and not there[name].null_ok:
            yield f"{table}.{name} takes no NULL any more"
        elif isinstance(field, models.CharField) and 0 < (there[name].internal_size or 0) < (field.max_length or 0):
            yield f"{table}.{name} is shorter than {field.max_length}"
    for name, column in there.items():
        if name not in known and not column.null_ok and column.default is None and not _is_generated(table, name):
            yield f"{table}.{name} is new, and rows cannot be written without it: give it null=True or a db_default"


def _is_generated(table: str, column: str) -> bool:
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT is_generated = 'ALWAYS' OR is_identity = 'YES' FROM information_schema.columns"
            " WHERE table_name = %s AND column_name = %s",
            [table, column],
        )
        return bool(cursor.fetchall()[0][0])


def _constraints(table: str, before: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    """Constraints that are new, or say something else now: rows of the old code may not keep them."""
    old = {constraint.name: repr(constraint) for constraint in before.get("constraints", [])}
    for constraint in now.get("constraints", []):
        if old.get(constraint.name) != repr(constraint):
            yield f"{table} has the new constraint {constraint.name}"


def write() -> None:
    RELEASED.write_text(HEAD + "".join(f"{app} {name}\n" for app, name in leaves()))


if __name__ == "__main__":
    import django

    django.setup()
    write()
    sys.stdout.write(re.sub(r"^#.*\n", "", RELEASED.read_text(), flags=re.MULTILINE))
