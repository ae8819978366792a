"""Writes down what was measured: a table of each catalogue, how pages grow with it, and curves of that."""

import os
import platform
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

WIDTH, HEIGHT, LEFT, TOP = 720, 360, 60, 20
COLOURS = ("#7a1f3d", "#8a6416", "#2f6b3f", "#0b5cad", "#a4161a", "#665a57")
CURVES = ("list", "list, page 80", "category", "value", "search, two words", "product")

INTRODUCTION = """# Benchmarks

How fast pages are beside the least that a page can cost in Django, and whether they stay so as the catalogue grows.
`make bench` makes the catalogues, measures, and writes this page; the catalogues are always the same ones.

The *bare page* is 24 names, prices and links from one indexed query, with Django's default middleware and nothing else
(`benchmarks/bare.py`). It is served beside the shop with the same options, those of `gunicorn.conf.py` (2
processes with 8 threads). The *ratio* is the CPU time that the bare page takes (web and Postgres together) over that
of a page: how many of them the same cores serve in the time of one bare page. For it the two take turns of a tenth of
a second, each for {seconds} s, with {in_turn} clients and a connection for each request, so that whatever else the
machine does, it does to both alike. The CPU times are of these turns; how many *a second*, and how long they take, is
of {seconds} s with {connections} connections and nothing beside it. Medians of {rounds} rounds, on {machine}. Whoever
runs it again is told which ratios are another than here by more than {apart:.0%}.

A page that somebody has seen before is kept by the process, and costs one query: it asks the database for the version
of the catalogue (`shop/keeping.py`, `shop/changes.py`), so what it shows is never out of date. *Compressed* is the same
for a browser that takes gzip. *New version* is the first page after something in the catalogue was written: it is drawn
anew, and so is all that stands around it, and what its list can be narrowed by is counted anew
(`benchmarks/changed.py`). *Nothing kept* is a page that a process keeps nothing of (`benchmarks/cold.py`): of a whole
list it reads from the database what was counted of this version (`shop/listings/kept.py`). Both have the frames that
texts are put into (`shop/frames.py`).

Web processes are forked from one that has read the shop; what they hold *together* counts once what they share. Each
holds some 5 MB more here than in the image: libraries import tools for tests and lint where these are installed.
"""
MEMORY = (
    "Memory after all of it: a web process holds {largest:.0f} MB, two and the one they come from {together:.0f} MB."
)
FLAT = """
## As the catalogue grows

![The ratio in percent of that in the smallest catalogue](benchmarks.svg)

Ratio to the bare page in each catalogue, and what the largest one costs beside the smallest.

"""
FLOWS = """## Ways through the shop

With 1,000 products; web, Postgres, RabbitMQ, the Stripe sandbox and the clients share the machine. A *whole guest
checkout* is the product's page, adding it to the cart, the cart, the form, the order, and the session at the sandbox,
up to the redirect to the payment page. `place_order` is called by processes that have their carts ready and all want
the same variant. What clients and sandbox take of the machine, the shop does not have.
"""

SECTION = re.compile(r"^## (.+)$")
ROW = re.compile(r"^\| ([^|]+) \| (\d+\.\d+) \|")
APART = 0.15  # of the smaller ratio, by which a run may differ from the one before

Ratios = dict[tuple[str, str], float]  # by section and page or flow


def table(one: dict[str, Any]) -> str:
    """Of one catalogue, as Markdown."""
    lines = [
        f"## {one['products']:,} products",
        "",
        "| page | ratio | CPU ms, web | CPU ms, Postgres | a second | median ms | p99 ms | queries to draw it | KB |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, page in one["pages"].items():
        looked = one["queries"]["pages"].get(name)
        asked = f"{looked['queries']} | {looked['bytes'] / 1000:.0f}" if looked else " | "
        lines.append(
            f"| {name} | {_shown(page['ratio'])} | {page['web']:.1f} | {page['database']:.1f} | {page['rate']:.0f}"
            f" | {page['p50']:.1f} | {page['p99']:.1f} | {asked} |"
        )
    lines += ["", MEMORY.format(**one["memory"])]
    return "\n".join(lines)


def flows(found: dict[str, Any]) -> str:
    """What shoppers' ways cost, as Markdown."""
    lines = [
        FLOWS,
        "| flow | ratio | CPU ms, web | Postgres | sandbox | clients | a second | median ms | p99 ms |",
        "|---|" + "---|" * 8,
    ]
    for name, one in found.items():
        costs = f"{one.web:.1f} | {one.database:.1f} | {one.sandbox:.1f} | {one.clients:.1f}"
        lines.append(f"| {name} | {_shown(one.ratio)} | {costs} | {one.rate:.0f} | {one.p50:.1f} | {one.p99:.1f} |")
    return "\n".join([*lines, ""])


def write(told: Sequence[dict[str, Any]], flowing: dict[str, Any], folder: Path, **facts: Any) -> None:
    """The page and its picture into `folder`."""
    machine = f"{os.cpu_count()} cores, Linux {platform.release().split('-')[0]}, Python {platform.python_version()}"
    parts = [INTRODUCTION.format(machine=machine, apart=APART, **facts), *(f"{table(one)}\n" for one in told)]
    parts.append(flows(flowing))
    if len(told) > 1:
        parts.append(FLAT + _growth(told))
        (folder / "benchmarks.svg").write_text(curves(told))
    (folder / "benchmarks.md").write_text("\n".join(parts))


def ratios(page: str) -> Ratios:
    """What a page that `write` has written tells; of the sizes beside each other nothing, for that is told twice."""
    found: Ratios = {}
    section = ""
    for line in page.partition(FLAT)[0].splitlines():
        if heading := SECTION.match(line):
            section = heading[1]
        elif row := ROW.match(line):
            found[section, row[1]] = float(row[2])
    return found


def compared(before: Ratios, after: Ratios) -> str:
    """How many of the ratios that both have are within APART, and which are not."""
    both = [key for key in after if key in before and key[1] != "bare"]
    moved = [key for key in both if abs(after[key] - before[key]) > APART * min(after[key], before[key])]
    lines = [f"{len(both) - len(moved)} of {len(both)} ratios are within {APART:.0%} of those before."]
    return "\n".join([*lines, *(f"{', '.join(key)}: {before[key]:.3f}, now {after[key]:.3f}" for key in moved)])


def _shown(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio >= 0.3 else f"{ratio:.3f}"


def _growth(told: Sequence[dict[str, Any]]) -> str:
    sizes = [f"{one['products']:,}" for one in told]
    lines = [f"| page | {' | '.join(sizes)} | change |", "|---|" + "---|" * (len(sizes) + 1)]
    for name in told[0]["pages"]:
        if name != "bare":
            ratios = [one["pages"][name]["ratio"] for one in told]
            shown = " | ".join(map(_shown, ratios))
            lines.append(f"| {name} | {shown} | {ratios[-1] / ratios[0] - 1:+.0%} |")
    return "\n".join([*lines, ""])


def curves(told: Sequence[dict[str, Any]]) -> str:
    """An SVG: each page's ratio in percent of that in the first catalogue, over the catalogues."""
    step = (WIDTH - LEFT - 220) / (len(told) - 1)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"',
        ' font-family="sans-serif" font-size="13">',
        "<title>Ratio to the bare page in percent of that with the smallest catalogue</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
    ]
    for percent in range(0, 141, 20):
        parts.append(f'<path d="M{LEFT} {_y(percent):.0f}H{WIDTH - 220}" stroke="#ddd3c5"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{_y(percent) + 4:.0f}" text-anchor="end">{percent} %</text>')
    for number, one in enumerate(told):
        x = LEFT + number * step
        parts.append(f'<text x="{x:.0f}" y="{HEIGHT - 12}" text-anchor="middle">{one["products"]:,}</text>')
    for colour, name in zip(COLOURS, CURVES, strict=True):
        first = told[0]["pages"][name]["ratio"]
        shares = [min(140, 100 * one["pages"][name]["ratio"] / first) for one in told]
        points = " ".join(f"{LEFT + number * step:.0f},{_y(share):.0f}" for number, share in enumerate(shares))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        place = TOP + 14 + 22 * CURVES.index(name)
        parts.append(f'<path d="M{WIDTH - 200} {place}h24" stroke="{colour}" stroke-width="3"/>')
        parts.append(f'<text x="{WIDTH - 168}" y="{place + 4}">{name}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _y(percent: float) -> float:
    return HEIGHT - 36 - (HEIGHT - 36 - TOP) * percent / 140
