"""Faults on demand: what shall go wrong with the next calls, deliveries and payments.

Order of orders, and of the random numbers that a seed gives, decides; so a run repeats exactly.
"""

import random
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from . import params
from .errors import invalid
from .store import Json, Store

KINDS = {
    "call": (
        "delay", "drop", "error_500", "error_500_after", "rate_limit", "timeout_after", "wrong_amount",
        "wrong_currency",
    ),
    "delivery": (
        "delay", "drop", "duplicate", "error_500", "error_500_after", "reorder", "timeout_after", "wrong_amount",
        "wrong_currency", "before_redirect", "after_redirect",
    ),
    "payment": ("wrong_amount", "wrong_currency"),
}  # fmt: skip
DEFAULT_TARGETS = {
    "duplicate": "delivery",
    "reorder": "delivery",
    "before_redirect": "delivery",
    "after_redirect": "delivery",
    "wrong_amount": "payment",
    "wrong_currency": "payment",
}
DEFAULT_SECONDS = {"delay": 1.0, "timeout_after": 30.0, "after_redirect": 2.0}
AMOUNTS = ("amount_total", "amount", "amount_received", "amount_captured")


@dataclass(frozen=True)
class Fault:
    """One fault that applies now."""

    kind: str
    seconds: float
    amount: int
    currency: str

    def distort(self, thing: Json) -> None:
        """Make the amount or the currency of an object another one, in place."""
        if self.kind == "wrong_amount":
            for name in AMOUNTS:
                if thing.get(name):
                    thing[name] += self.amount
        elif self.kind == "wrong_currency" and "currency" in thing:
            thing["currency"] = self.currency or ("usd" if thing["currency"] != "usd" else "eur")


class Faults:
    """The orders, kept in the store; the dice, in memory."""

    def __init__(self, store: Store, seed: int) -> None:
        self._store = store
        self.seed(seed)

    def seed(self, seed: int) -> None:
        """Start the dice anew."""
        self.dice = random.Random(seed)

    def order(self, given: dict[str, Any]) -> Json:
        """Check and add an order; raises Stripe's kind of 400 that names what is wrong."""
        for name in given:
            if name not in ("target", "match", "kind", "times", "seconds", "probability", "amount", "currency"):
                raise invalid(f"Received unknown parameter: {name}", param=name, code="parameter_unknown")
        *named, kind = str(given.get("kind") or "").split(" ")  # the control page sends "delivery drop" as one
        target = given.get("target") or (named[0] if named else DEFAULT_TARGETS.get(kind, "call"))
        if target not in KINDS or kind not in KINDS[target]:
            options = "; ".join(f"{name}: {', '.join(kinds)}" for name, kinds in KINDS.items())
            raise invalid(
                f"There is no fault of kind {kind!r} for target {target!r}. There are: {options}", param="kind"
            )
        values = (
            target,
            str(given.get("match") or "*"),
            kind,
            int(_number(given, "times", 1, least=1)),
            _number(given, "seconds", DEFAULT_SECONDS.get(kind, 0.0)),
            _number(given, "probability", 1.0, most=1),
            int(_number(given, "amount", 100, least=-params.LARGEST, most=params.LARGEST)),
            str(given.get("currency") or "").lower(),
        )
        sql = (
            "INSERT INTO faults (target, match, kind, times, seconds, probability, amount, currency) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        )
        number = self._store.execute(sql, values).lastrowid
        return dict(self._store.execute("SELECT * FROM faults WHERE id = ?", (number,)).fetchone())

    def all(self) -> list[Json]:
        return [dict(row) for row in self._store.rows("SELECT * FROM faults ORDER BY id")]

    def clear(self) -> None:
        self._store.execute("DELETE FROM faults")

    def take(self, target: str, *names: str, kinds: tuple[str, ...] = ()) -> Fault | None:
        """Use up one of the first order that matches any of the names, or none."""
        sql = "SELECT * FROM faults WHERE target = ? AND used < times ORDER BY id"
        for row in self._store.rows(sql, (target,)):
            fits = any(fnmatchcase(name, row["match"]) for name in names)
            if not fits or (kinds and row["kind"] not in kinds):
                continue
            if row["probability"] < 1 and self.dice.random() >= row["probability"]:
                continue
            self._store.execute("UPDATE faults SET used = used + 1 WHERE id = ?", (row["id"],))
            return Fault(row["kind"], row["seconds"], row["amount"], row["currency"])
        return None

    def shuffle(self, rows: list[Any]) -> list[Any]:
        """The rows in another order than they came in."""
        shuffled = rows[:]
        self.dice.shuffle(shuffled)
        return shuffled if shuffled != rows else rows[::-1]


def _number(given: dict[str, Any], name: str, default: float, *, least: float = 0, most: float = 1_000_000) -> float:
    value = given.get(name)
    if value in (None, ""):
        return default
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise invalid(f"Invalid number: {value!r}", param=name) from None
    if not least <= number <= most:
        raise invalid(f"Must be between {least} and {most}", param=name)
    return number
