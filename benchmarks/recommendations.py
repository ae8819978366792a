"""Whether recommendations are better than showing everybody the best sellers: `make bench-recommendations`.

Half a year of orders is made up: shoppers with a taste for some regions and grapes, wines that are more or less in
demand, seasons that pass. The last week is held out. For each bottle in one of its orders, the other bottles of that
order are to be guessed with six tries: a hit where one of the six is among them.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import django

django.setup()  # before the rooms can be imported; does nothing where a test has done it

from shop.recommendations.alike import Alike  # noqa: E402
from shop.recommendations.together import Basket, best, learn  # noqa: E402

TRIES = 6
NOW = datetime(2026, 7, 1, tzinfo=UTC)
HELD_OUT = NOW - timedelta(days=7)
DAYS = 180


@dataclass(frozen=True)
class Wine:
    """A made-up product: what it shares with others, how much it is in demand, when it is in season."""

    pk: int
    region: int
    grape: int
    demand: float
    season: int


def catalogue(count: int, chance: random.Random) -> list[Wine]:
    """Demand falls off as it does in shops: a few wines sell a lot, most a little."""
    regions, grapes = max(6, count // 12), max(5, count // 16)
    return [
        Wine(pk, chance.randrange(regions), chance.randrange(grapes), 1 / (1 + place) ** 0.8, chance.randrange(4))
        for place, pk in enumerate(chance.sample(range(1, count + 1), count))
    ]


def orders(wines: Sequence[Wine], per_day: int, chance: random.Random) -> Iterator[Basket]:
    """Orders of one to six wines: two thirds of a basket is to the shopper's taste, the rest is what everybody buys."""
    for day in range(DAYS):
        at = NOW - timedelta(days=DAYS - day)
        season = day * 4 // DAYS
        liked = [wine.demand * (3 if wine.season == season else 1) for wine in wines]
        for _order in range(per_day):
            favourite = chance.choices(wines, liked)[0]
            taste = [
                weight if wine.region == favourite.region or wine.grape == favourite.grape else 0
                for wine, weight in zip(wines, liked, strict=True)
            ]
            size = chance.choice((1, 2, 2, 3, 4, 6))
            picks = [chance.choices(wines, taste if chance.random() < 0.67 else liked)[0] for _pick in range(size)]
            yield Basket(at + timedelta(hours=chance.random() * 24), frozenset(wine.pk for wine in picks))


def hit_rate(held_out: Sequence[Basket], guess: Callable[[int], Sequence[int]]) -> float:
    """How often one of the first TRIES guesses beside a product is in the rest of its basket."""
    hits = [
        not basket.products.isdisjoint(set(list(guess(product))[:TRIES]) - {product})
        for basket in held_out
        for product in basket.products
        if len(basket.products) > 1
    ]
    return sum(hits) / len(hits)


def compare(count: int = 300, per_day: int = 120, seed: int = 1) -> tuple[float, float, int]:
    """Hit rates of the recommendations and of the best sellers, and how many orders were held out."""
    chance = random.Random(seed)
    wines = catalogue(count, chance)
    baskets = list(orders(wines, per_day, chance))
    held_out = [basket for basket in baskets if basket.at >= HELD_OUT]
    learned = learn((basket for basket in baskets if basket.at < HELD_OUT), HELD_OUT)
    alike = Alike({wine.pk: [("region", wine.region), ("grape", wine.grape)] for wine in wines}, learned.weights)

    def recommended(product: int) -> list[int]:
        together = [other for other, _score in best(learned, product, most=TRIES, fewest=2)]
        similar = [other for other, _score in alike.best(product, most=TRIES * 2) if other not in together]
        return [*together, *similar]

    sold = Counter(product for basket in baskets if basket.at < HELD_OUT for product in basket.products)
    popular = [product for product, _times in sold.most_common(TRIES + 1)]

    def best_sellers(product: int) -> list[int]:
        return [other for other in popular if other != product]

    return hit_rate(held_out, recommended), hit_rate(held_out, best_sellers), len(held_out)


def main() -> None:
    print(f"{'products':>9}{'orders a day':>14}{'held out':>10}{'recommended':>13}{'best sellers':>14}")
    for count, per_day in ((60, 20), (300, 120), (2000, 400)):
        recommended, popular, held_out = compare(count, per_day)
        print(f"{count:>9}{per_day:>14}{held_out:>10}{recommended:>13.1%}{popular:>14.1%}")


if __name__ == "__main__":
    main()
