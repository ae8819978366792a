"""`python -m benchmarks [products ...]`: pages with each size of catalogue, then flows.

Needs Postgres, RabbitMQ and wrk. Writes docs/benchmarks.md and docs/benchmarks.svg, and says which ratios are others
than those that stood there. Exits with 1 where a hot query reads a whole table.
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from . import flows, pages, report

SIZES = (1_000, 100_000, 1_000_000)


def main(sizes: Sequence[int]) -> None:
    told = []
    for products in sizes:
        print(f"{products:,} products: making the catalogue where it is missing", flush=True)
        pages.prepare(products)
        with tempfile.TemporaryDirectory() as folder:
            told.append(pages.measure(products, Path(folder)))
        print(report.table(told[-1]), flush=True)
    flowing = flows.measure()
    print(report.flows(flowing), flush=True)
    facts = {"rounds": pages.ROUNDS, "seconds": pages.SECONDS}
    facts |= {"connections": pages.CONNECTIONS, "in_turn": pages.IN_TURN}
    page = pages.ROOT / "docs" / "benchmarks.md"
    before = report.ratios(page.read_text())
    report.write(told, flowing, page.parent, **facts)
    print(report.compared(before, report.ratios(page.read_text())), flush=True)
    if slow := [problem for one in told for problem in one["queries"]["problems"]]:
        sys.exit("\n".join(["Queries that read a whole table:", *slow]))


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or SIZES)
