"""Which products are alike: they share attribute values, and a rare one says more. Pure: values in, scores out."""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from math import log

MOST_OF_VALUE = 200  # products that one value brings into play, the most popular first


class Alike:
    """Answers for every product of a catalogue; made once, asked often."""

    def __init__(self, values: Mapping[int, Sequence[Hashable]], popularity: Mapping[int, float]) -> None:
        """`values` of each product: what shoppers filter by, its category among them."""
        self._values, self._popularity = values, popularity
        having: dict[Hashable, list[int]] = defaultdict(list)
        for product, held in values.items():
            for value in held:
                having[value].append(product)
        self._worth = {value: log(1 + len(values) / len(products)) for value, products in having.items()}
        self._having = {value: self._favourites(products) for value, products in having.items()}

    def best(self, product: int, *, most: int) -> list[tuple[int, float]]:
        """The `most` products that are most like `product`, best first, with their scores."""
        scores: dict[int, float] = defaultdict(float)
        for value in self._values.get(product, ()):
            for other in self._having[value]:
                scores[other] += self._worth[value]
        scores.pop(product, None)
        return sorted(scores.items(), key=lambda scored: (-scored[1], -self._liked(scored[0]), scored[0]))[:most]

    def _favourites(self, products: list[int]) -> list[int]:
        return sorted(products, key=lambda product: (-self._liked(product), product))[:MOST_OF_VALUE]

    def _liked(self, product: int) -> float:
        return self._popularity.get(product, 0.0)
