"""What the measured pages ask of the database: how many queries, how long they take, and whether an index answers."""

import json
import re
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from shop import keeping

from .pages import PAGES

LARGE = 50_000  # rows; a smaller table may be read as a whole
WHOLE = re.compile(r"Seq Scan on (shop_\w+)")


def tell() -> None:
    """Print it as JSON: of each page, drawn anew, its queries and their milliseconds, and large tables read whole."""
    keeping.MOST = 0
    client = Client()
    pages, problems = {}, []
    for name, path in PAGES.items():
        client.get(path)
        with CaptureQueriesContext(connection) as queries:
            response = client.get(path)
        assert response.status_code == 200, path
        pages[name] = {"queries": len(queries), "milliseconds": _milliseconds(queries), "bytes": len(response.content)}
        problems += [f"{name}: {problem}" for query in queries for problem in _whole_tables(query["sql"])]
    print(json.dumps({"pages": pages, "problems": problems}))


def _milliseconds(queries: CaptureQueriesContext) -> float:
    """What Postgres says that planning and running them takes."""
    return sum(
        _explained(query["sql"])["Planning Time"] + _explained(query["sql"])["Execution Time"] for query in queries
    )


def _explained(sql: str) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql.replace('%', '%%')}", [])
        return dict(cursor.fetchone()[0][0])


def _whole_tables(sql: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql.replace('%', '%%')}", [])
        plan = "\n".join(row[0] for row in cursor.fetchall())
        tables = set(WHOLE.findall(plan))
        cursor.execute("SELECT relname FROM pg_class WHERE relname = ANY(%s) AND reltuples > %s", [list(tables), LARGE])
        return [f"{table} is read whole by {sql[:200]}" for (table,) in cursor.fetchall()]
