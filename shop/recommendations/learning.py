"""Computes recommendations and popularity from sales, and stores them. Only this file writes Recommendation.

Nightly for every product, and for the products of a sale soon after it. One computation runs at a time.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils import timezone

from background.locks import sweep_lock
from shop import listings
from shop.models import Product, Recommendation, Sale

from .alike import Alike
from .together import Basket, Learned, best, learn

WINDOW = timedelta(days=365)
MOST_SALES = 5000  # of one product that a single sale makes us read again
MOST = 8  # recommendations of one kind that are kept for a product
FEWEST = 2  # once bought together is chance
BATCH = 500
LEAST_CHANGE = 0.001
LOCK = "recommendations"

Kind = Recommendation.Kind
Scored = list[tuple[int, float]]


def learn_from(reference: str) -> bool:
    """Take one sale into account: what sells, and what goes with its products. Whether that was done now.

    A second call does nothing. False also where another computation runs: the sweep comes back to it.
    """
    now = timezone.now()
    with sweep_lock(LOCK) as held:
        sales = Sale.objects.filter(reference=reference, is_learned=False)
        products = set(sales.values_list("variant__product", flat=True)) if held else set()
        if not products:
            return False
        learned = learn(_baskets_with(products, now), now, only=products)
        _note_popularity({product: learned.weights.get(product, 0.0) for product in products})
        others = {other for pairs in learned.pairs.values() for other in pairs}
        # Of the others only some baskets were read: what they sell altogether is known from before.
        learned.weights |= dict(Product.objects.filter(pk__in=others - products).values_list("pk", "popularity"))
        learned.total = Product.objects.aggregate(total=Sum("popularity"))["total"] or learned.total
        _store(Kind.TOGETHER, {product: _together(learned, product) for product in products})
        sales.update(is_learned=True)
    return True


def learn_all() -> int | None:
    """Compute everything anew; the number of products, None where another computation runs. Twice is once."""
    now = timezone.now()
    with sweep_lock(LOCK) as held:
        if not held:
            return None
        learned = learn(_baskets(Sale.objects.filter(at__gte=now - WINDOW)), now)
        values = _values()
        _note_popularity({product: learned.weights.get(product, 0.0) for product in values})
        alike = Alike(values, learned.weights)
        for products in _batches(values):
            _store(Kind.TOGETHER, {product: _together(learned, product) for product in products})
            _store(Kind.SIMILAR, {product: alike.best(product, most=MOST) for product in products})
        Sale.objects.filter(is_learned=False, at__lte=now).update(is_learned=True)
    return len(values)


def _together(learned: Learned, product: int) -> Scored:
    return best(learned, product, most=MOST, fewest=FEWEST)


def _baskets_with(products: Collection[int], now: datetime) -> Iterator[Basket]:
    """The baskets that hold one of the products, the newest of each."""
    references: set[str] = set()
    for product in products:
        sales = Sale.objects.filter(variant__product=product, at__gte=now - WINDOW).order_by("-at")
        references.update(sales.values_list("reference", flat=True)[:MOST_SALES])
    for some in _batches(references):
        yield from _baskets(Sale.objects.filter(reference__in=some))


def _baskets(sales: QuerySet[Sale]) -> Iterator[Basket]:
    rows = sales.order_by("reference").values_list("reference", "at", "variant__product")
    for _reference, group in groupby(rows.iterator(chunk_size=5000), key=lambda row: row[0]):
        lines = list(group)
        yield Basket(at=lines[0][1], products=frozenset(product for _r, _at, product in lines))


def _values() -> dict[int, list[tuple[str, int]]]:
    """What each published product is known by: its category, and what shoppers filter by."""
    found: dict[int, list[tuple[str, int]]] = {
        product: [("category", category)]
        for product, category in Product.objects.published().values_list("pk", "category").iterator()
    }
    through = Product.attribute_values.through.objects.filter(attributevalue__attribute__is_filter=True)
    for product, value in through.values_list("product", "attributevalue").iterator():
        if product in found:
            found[product].append(("value", value))
    return found


def _note_popularity(popularity: Mapping[int, float]) -> None:
    """Only rows that changed are written, each by itself: whoever saves a product waits for one of them at most."""
    for some in _batches(popularity):
        known = dict(Product.objects.filter(pk__in=some).values_list("pk", "popularity"))
        moved = [pk for pk in some if pk in known and abs(known[pk] - popularity[pk]) > LEAST_CHANGE]
        for product in moved:
            Product.objects.filter(pk=product).update(popularity=popularity[product])
        listings.refresh(moved)


def _store(kind: Kind, found: Mapping[int, Scored]) -> None:
    """Put these recommendations in the place of those that were stored for the same products."""
    with transaction.atomic():
        Recommendation.objects.filter(product__in=found, kind=kind).delete()
        Recommendation.objects.bulk_create(
            Recommendation(product_id=product, other_id=other, kind=kind, score=score)
            for product, scored in found.items()
            for other, score in scored
        )


def _batches(things: Collection[Any]) -> Iterator[list[Any]]:
    ordered = sorted(things)
    for start in range(0, len(ordered), BATCH):
        yield ordered[start : start + BATCH]
