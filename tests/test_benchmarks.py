"""What `make bench` writes can be read again, and two runs can be compared."""

from pathlib import Path
from typing import Any

from benchmarks import report
from benchmarks.pages import Measured

ROOT = Path(__file__).resolve().parents[1]
PAGE = {"web": 1.0, "database": 0.1, "rate": 1000.0, "p50": 4.0, "p99": 12.0}


def _of(products: int, **ratios: float) -> dict[str, Any]:
    pages = {name: PAGE | {"ratio": ratio} for name, ratio in ratios.items()}
    return {
        "products": products,
        "pages": pages,
        "memory": {"largest": 100.0, "together": 150.0},
        "queries": {"pages": {"list": {"queries": 2, "bytes": 56_000}}},
    }


def test_what_is_written_can_be_read(tmp_path: Path) -> None:
    curves = dict.fromkeys(report.CURVES, 1.0)
    told = [_of(1_000, bare=1.0, cold=0.0451, **curves), _of(100_000, bare=1.0, cold=0.0449, **curves)]
    flow = Measured(600, 5, 12, 1.8, 0.9, ratio=0.123)

    report.write(told, {"add to cart, 4 clients": flow}, tmp_path, rounds=5, seconds=1, connections=8, in_turn=4)

    found = report.ratios((tmp_path / "benchmarks.md").read_text())
    assert found["1,000 products", "cold"] == 0.045
    assert found["100,000 products", "list"] == 1.0
    assert found["Ways through the shop", "add to cart, 4 clients"] == 0.123
    assert len(found) == 2 * (2 + len(curves)) + 1


def test_ratios_that_moved_are_named() -> None:
    before = {("a", "list"): 1.0, ("a", "search"): 0.050, ("a", "bare"): 1.0, ("a", "gone"): 1.0}
    after = {("a", "list"): 1.14, ("a", "search"): 0.043, ("a", "bare"): 2.0, ("a", "new"): 1.0}

    assert report.compared(before, after).splitlines() == [
        "1 of 2 ratios are within 15% of those before.",
        "a, search: 0.050, now 0.043",
    ]


def test_the_page_of_docs_can_be_compared_with() -> None:
    found = report.ratios((ROOT / "docs" / "benchmarks.md").read_text())

    assert {section for section, _page in found} >= {"1,000 products", "1,000,000 products", "Ways through the shop"}
