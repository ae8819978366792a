"""Prices change here and nowhere else: each change writes its PriceChange, and finds out whether it is a reduction."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

from django.conf import settings
from django.db import transaction

from . import listings
from .models import PriceChange, Variant
from .money import round_money

LOOK_BACK = timedelta(days=30)
# Before that, a first price may be a slip of the pen that was put right, and nobody was offered it.
SHORTEST_OFFER = timedelta(days=1)
BATCH = 500


def set_price(variant_id: int, price: Decimal) -> bool:
    """Set the price, rounded to what can be charged in the shop's currency; say whether that changed it.

    Whether the change is a reduction, and from which prior price, is noted with it. A second call with the same price
    changes nothing. Raises Variant.DoesNotExist.
    """
    return set_prices({variant_id: price}) == 1


def set_prices(wanted: Mapping[int, Decimal]) -> int:
    """`set_price` for many (variant id -> price), all or none; how many changed. Ten statements per 500 variants."""
    ids, changed = sorted(wanted), 0
    with transaction.atomic():
        for start in range(0, len(ids), BATCH):
            some = ids[start : start + BATCH]
            variants = list(Variant.objects.select_for_update().filter(pk__in=some).order_by("pk"))
            if len(variants) < len(some):
                raise Variant.DoesNotExist
            moved = _priced(variants, wanted)
            Variant.objects.bulk_update(moved, ["price", "prior_price", "reduced_at"])
            listings.refresh([variant.product_id for variant in moved])
            changed += len(moved)
    return changed


def _priced(variants: Sequence[Variant], wanted: Mapping[int, Decimal]) -> list[Variant]:
    """Those of the locked `variants` that change, with their new prices; what changes is in their history already."""
    histories: dict[int, list[PriceChange]] = {variant.pk: [] for variant in variants}
    for change in PriceChange.objects.filter(variant__in=histories).order_by("at", "pk"):
        histories[change.variant_id].append(change)
    prices = {pk: round_money(wanted[pk], settings.SHOP_CURRENCY) for pk in histories}
    moved = [variant for variant in variants if variant.price != prices[variant.pk] or not histories[variant.pk]]
    changes = [PriceChange(variant=variant, price=prices[variant.pk]) for variant in moved]
    for variant, change in zip(moved, PriceChange.objects.bulk_create(changes), strict=True):
        prior = prior_price([*histories[variant.pk], change])
        variant.price, variant.prior_price = change.price, prior
        variant.reduced_at = None if prior is None else change.at
    return moved


def prior_price(history: Sequence[PriceChange]) -> Decimal | None:
    """With what the newest price of `history` (oldest first) is to be compared; None where it is not a reduction.

    That is the lowest price of the 30 days before the reduction, or of the time since the first price where that is
    shorter (Directive 98/6/EC, Art. 6a (2) and (4)). Cuts that follow each other without a raise, and before the one
    before them has become usual, are one reduction (Art. 6a (5)): they are compared with the price before the first.
    """
    first = _first_cut(history)
    if first is None or history[first].at - history[0].at < SHORTEST_OFFER:
        return None
    begins = history[first].at - LOOK_BACK
    applied = [
        change.price
        for change, following in pairwise(history[: first + 1])
        if following.at > begins  # until then it was the price
    ]
    prior = min(applied)
    return prior if prior > history[-1].price else None


def _first_cut(history: Sequence[PriceChange]) -> int | None:
    """Where the run of cuts begins that the newest price belongs to; None where that is not a cut."""
    usual = timedelta(days=settings.SHOP_REDUCTION_DAYS)
    first = None
    for number in range(len(history) - 1, 0, -1):
        is_cut = history[number].price < history[number - 1].price
        if not is_cut or (first is not None and history[first].at - history[number].at >= usual):
            break
        first = number
    return first
