"""Which products a query finds, and which of them first."""

from functools import reduce
from operator import add
from typing import Any

from django.db import connection
from django.db.models import FloatField, Q, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Length, Replace, StrIndex, Substr

from shop import catalogue
from shop.models import Product

from .words import asked_words

# search_words is of migration 0009: Django knows no such field.
BY_FULL_TEXT = """
SELECT product.id, ts_rank(product.search_words, to_tsquery('simple', %(words)s))
FROM shop_listing listing JOIN shop_product product ON product.id = listing.product_id
WHERE listing.place = %(place)s AND product.search_words @@ to_tsquery('simple', %(words)s)
ORDER BY listing.in_stock DESC, listing.popularity DESC, product.id LIMIT %(most)s
"""

Found = list[tuple[int, float]]  # products, and how well they match


def find(query: str, *, most: int | None = None) -> tuple[int, ...]:
    """The products in which every word of `query` begins a word, the best match first. One database query.

    Where more than `most` match, those that are recommended first are looked at; usually one more than a list shows,
    which then says that there are more. None for a query without words.
    """
    words = asked_words(query)
    if not words:
        return ()
    most = most or catalogue.LONG + 1
    best = _by_full_text(words, most) if connection.vendor == "postgresql" else _by_line(words, most)
    return tuple(pk for pk, _relevance in sorted(best, key=lambda row: -row[1]))  # equal ones stay as recommended


def _by_full_text(words: list[str], most: int) -> Found:
    # Words hold letters and digits only, so that nothing in them is an operator.
    asked = " & ".join(f"{word}:*" for word in words)
    with connection.cursor() as cursor:
        cursor.execute(BY_FULL_TEXT, {"words": asked, "place": catalogue.Scope().place, "most": most})
        return cursor.fetchall()


def _by_line(words: list[str], most: int) -> Found:
    """The earlier the lines in which the words first stand, the better: see index.text_of."""
    condition = Q()
    for word in words:
        condition &= Q(search_text__contains=f" {word}")
    lines: list[Any] = [_line_of(f" {word}") for word in words]
    listed = Product.objects.filter(condition, listings__place=catalogue.Scope().place)
    found = listed.annotate(relevance=Value(0.0, FloatField()) - reduce(add, lines))
    order = ("-listings__in_stock", "-listings__popularity", "pk")
    return list(found.order_by(*order).values_list("pk", "relevance")[:most])


def _line_of(word: str) -> CombinedExpression:
    """The number of the line in which `word` first stands: how many line ends come before it."""
    before = Substr("search_text", 1, StrIndex("search_text", Value(word)))
    return Length(before) - Length(Replace(before, Value("\n"), Value("")))
