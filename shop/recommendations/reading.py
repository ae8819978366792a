"""What stands beside a product: as a worker stored it, else what shares most with it. One query for the products."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, Subquery

from shop import catalogue
from shop.models import Product, ProductQuerySet, Recommendation

SHOWN = 6
Kind = Recommendation.Kind


@dataclass(frozen=True)
class Offered:
    """Cards in the order in which they are shown; no product twice."""

    together: list[catalogue.Card]
    similar: list[catalogue.Card]


def wanted_beside(product: Product) -> ProductQuerySet:
    """The products that may stand beside `product`, with their scores, in no order."""
    stored = Recommendation.objects.filter(product=product)
    # Until a worker has looked at the product there is something to see as well.
    stand_in = catalogue.related_to(product).filter(~Exists(stored)).values("pk")[:SHOWN]
    beside = Q(pk__in=stored.values("other")) | Q(pk__in=stand_in)
    return catalogue.products().filter(beside).annotate(**{kind: _score(stored, kind) for kind in Kind.values})


def arrange(card: catalogue.Card, others: list[catalogue.Card]) -> Offered:
    """`others`, which came by `wanted_beside`, as they are shown: what is in stock first, then by score."""
    together = _best(others, lambda other: other.product.together)[:SHOWN]
    left = [other for other in others if other not in together]
    values = {value.pk for value in card.values}

    def likeness(other: Any) -> float:
        if other.product.similar is not None or other.product.together is not None:
            return other.product.similar
        return len(values & {value.pk for value in other.values})

    return Offered(together, _best(left, likeness)[:SHOWN])


def _best(cards: list[catalogue.Card], score: Callable[[Any], float | None]) -> list[catalogue.Card]:
    scored = [(card, value) for card in cards if (value := score(card)) is not None]
    return [card for card, value in sorted(scored, key=lambda pair: (pair[0].available <= 0, -pair[1], pair[0].name))]


def _score(stored: Any, kind: str) -> Subquery:
    return Subquery(stored.filter(other=OuterRef("pk"), kind=kind).values("score")[:1])
