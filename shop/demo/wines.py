"""What the demo catalogue says: wines.toml as values, and the attributes that each wine gets."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.text import slugify

SKU_PREFIX = "DEMO-"

# slug -> name, and whether shoppers filter by it; in the order of a product's facts.
ATTRIBUTES = {
    "producer": ("Producer", True),
    "country": ("Country", True),
    "region": ("Region", True),
    "grape": ("Grape", True),
    "vintage": ("Vintage", True),
    "pairing": ("Good with", True),
    "serving": ("Serve at", False),
    "alcohol": ("Alcohol", False),
    "allergens": ("Allergens", False),
}
SERVING = {
    "Red": "16 to 18 °C",
    "White": "9 to 11 °C",
    "Rosé": "8 to 10 °C",
    "Sparkling": "7 to 9 °C",
    "Sweet & fortified": "10 to 14 °C",
}
CASE = 6
CASE_PRICE = Decimal("0.94")  # of six bottles
COST = Decimal("0.56")  # of the price


@dataclass(frozen=True)
class Unit:
    """What is sold of a wine: a bottle, or a case of them."""

    sku: str
    label: str
    price: Decimal
    weight: int
    volume: int
    stock: int
    was: Decimal | None = None  # what it cost until lately

    @property
    def cost(self) -> Decimal:
        return (self.price * COST).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class Wine:
    """One entry of wines.toml."""

    code: str
    name: str
    producer: str
    category: str
    region: str
    country: str
    grapes: tuple[str, ...]
    vintage: str
    pairing: tuple[str, ...]
    alcohol: str
    price: Decimal
    size: int
    stock: tuple[int, int]
    published: bool
    text: str
    was: Decimal | None
    look: dict[str, str]

    @property
    def slug(self) -> str:
        return slugify(f"{self.producer} {self.name} {self.vintage}")

    @property
    def values(self) -> Iterator[tuple[str, str]]:
        """(attribute's slug, value) for everything known about the wine."""
        yield from (("producer", self.producer), ("country", self.country), ("region", self.region))
        yield from (("grape", grape) for grape in self.grapes)
        if self.vintage:
            yield "vintage", self.vintage
        yield from (("pairing", dish) for dish in self.pairing)
        yield from (("serving", SERVING[self.category]), ("alcohol", f"{self.alcohol} % vol"))
        yield "allergens", "Sulphites"

    @property
    def units(self) -> tuple[Unit, Unit]:
        """The bottle, and the case, which is a little cheaper than its bottles."""
        glass = 900 if self.category == "Sparkling" else 550
        weight = self.size + glass * self.size // 750
        case = (self.price * CASE * CASE_PRICE).quantize(Decimal(1), rounding=ROUND_HALF_UP)
        bottles, cases = self.stock
        return (
            Unit(f"{self.sku}-1", f"{Decimal(self.size) / 10:f} cl", self.price, weight, self.size, bottles, self.was),
            Unit(f"{self.sku}-{CASE}", f"case of {CASE}", case, weight * CASE + 600, self.size * CASE, cases),
        )

    @property
    def sku(self) -> str:
        return f"{SKU_PREFIX}{self.code}"


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("wines.toml").read_text(encoding="utf-8"))


def categories() -> list[tuple[str, str]]:
    """(name, introduction) of each shelf, in order."""
    return [(shelf["name"], shelf["intro"]) for shelf in _data()["category"]]


def world_of(country: str) -> str:
    """The part of the wine world that a country belongs to."""
    return next(world for world, countries in _data()["countries"].items() if country in countries)


def worlds() -> list[str]:
    return list(_data()["countries"])


def wines() -> list[Wine]:
    """Every wine, the shelves taken in turn, so that the first page shows something of each."""
    entries = [_wine(entry) for entry in _data()["wine"]]
    shelves = {name: [wine for wine in entries if wine.category == name] for name, _intro in categories()}
    place = {wine.code: (i + 0.5) / len(shelf) for shelf in shelves.values() for i, wine in enumerate(shelf)}
    return sorted(entries, key=lambda wine: place[wine.code])


def _wine(entry: dict[str, Any]) -> Wine:
    region, country = entry["region"].split(", ")
    bottles, cases = entry["stock"]
    return Wine(
        code=entry["code"],
        name=entry["name"],
        producer=entry["producer"],
        category=entry["category"],
        region=region,
        country=country,
        grapes=tuple(entry["grapes"]),
        vintage=str(entry.get("vintage", "")),
        pairing=tuple(entry["pairing"]),
        alcohol=entry["alcohol"],
        price=Decimal(entry["price"]),
        size=entry.get("size", 750),
        stock=(bottles, cases),
        published=entry.get("published", True),
        text=entry["text"],
        was=Decimal(entry["was"]) if "was" in entry else None,
        look={key: entry[key] for key in ("bottle", "glass", "label") if key in entry},
    )
