"""Which products are bought together more often than chance would have it. Pure: baskets in, scores out.

A basket counts half as much after HALF_LIFE. The score of B beside A is the share of A's baskets that hold B, times a
small power of the lift, by which B is more frequent there than anywhere: with the share alone the best seller stands
beside everything, with the lift alone whatever is rare does. Where A was sold a few times only, the share is drawn
towards B's share of all sales. PRIOR and LIFT did best in benchmarks/recommendations.py.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import permutations

HALF_LIFE = timedelta(days=90)
PRIOR = 20.0  # recent baskets that the share of all sales weighs as much as
LIFT = 0.2
MOST_IN_BASKET = 30  # a larger one is a restaurant's order, which says little of taste and has a thousand pairs


@dataclass(frozen=True)
class Basket:
    """Products that were bought at once."""

    at: datetime
    products: frozenset[int]


@dataclass
class Learned:
    """The weights of products and of pairs of them, and in how many baskets each pair was."""

    weights: dict[int, float] = field(default_factory=lambda: defaultdict(float))
    pairs: dict[int, dict[int, float]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(float)))
    times: dict[int, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    total: float = 0.0  # of all weights


def weight(at: datetime, now: datetime) -> float:
    """1 for now, 0.5 for HALF_LIFE ago."""
    return 0.5 ** max(0.0, (now - at) / HALF_LIFE)


def learn(baskets: Iterable[Basket], now: datetime, only: Collection[int] | None = None) -> Learned:
    """Count the baskets; pairs of every product, or of those in `only`."""
    learned = Learned()
    for basket in baskets:
        weighs = weight(basket.at, now)
        for product in basket.products:
            learned.weights[product] += weighs
            learned.total += weighs
        if len(basket.products) <= MOST_IN_BASKET:
            for product, other in permutations(basket.products, 2):
                if only is None or product in only:
                    learned.pairs[product][other] += weighs
                    learned.times[product][other] += 1
    return learned


def best(learned: Learned, product: int, *, most: int, fewest: int = 1) -> list[tuple[int, float]]:
    """The `most` products to offer beside `product`, best first, with their scores.

    Leaves out pairs that were in fewer than `fewest` baskets.
    """
    own = learned.weights.get(product, 0.0)
    scores = []
    for other, pair in learned.pairs.get(product, {}).items():
        if learned.times[product][other] >= fewest:
            everywhere = max(learned.weights.get(other, 0.0), pair) / learned.total
            share = (pair + PRIOR * everywhere) / (own + PRIOR)
            scores.append((other, share * (share / everywhere) ** LIFT))
    return sorted(scores, key=lambda scored: (-scored[1], scored[0]))[:most]
