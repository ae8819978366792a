"""Which products a query finds, and which of them first."""

from functools import reduce
from operator import add
from typing import Any

from django.db import connection
from django.db.models import BooleanField, F, FloatField, Func, Q, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Length, Replace, StrIndex, Substr

from shop.models import ProductQuerySet

from .words import asked_words

# The weighted words of a product, as the index `product_search_words` has them (migration 0007).
DOCUMENT = " || ".join(
    f"setweight(to_tsvector('simple', split_part(%(expressions)s, E'\\n', {line})), '{weight}')"
    for line, weight in enumerate("ABCD", 1)
)


def matching(products: ProductQuerySet, query: str) -> ProductQuerySet:
    """Those of `products` in which every word of `query` begins a word; all of them for an empty query.

    They carry `relevance`: the higher, the better the match.
    """
    words = asked_words(query)
    if not words:
        found = products.none() if query.strip() else products
        return found.annotate(relevance=Value(0.0, FloatField()))
    return _by_full_text(products, words) if connection.vendor == "postgresql" else _by_place(products, words)


def _by_full_text(products: ProductQuerySet, words: list[str]) -> ProductQuerySet:
    document = Func(F("search_text"), template=f"({DOCUMENT})")
    # Words hold letters and digits only, so that nothing in them is an operator.
    query = Func(Value(" & ".join(f"{word}:*" for word in words)), template="to_tsquery('simple', %(expressions)s)")
    found = Func(document, query, template="%(expressions)s", arg_joiner=" @@ ", output_field=BooleanField())
    rank = Func(document, query, function="ts_rank", output_field=FloatField())
    return products.filter(found).annotate(relevance=rank)


def _by_place(products: ProductQuerySet, words: list[str]) -> ProductQuerySet:
    """The earlier the lines in which the words first stand, the better: see index.text_of."""
    condition = Q()
    for word in words:
        condition &= Q(search_text__contains=f" {word}")
    lines: list[Any] = [_line_of(f" {word}") for word in words]
    return products.filter(condition).annotate(relevance=Value(0.0, FloatField()) - reduce(add, lines))


def _line_of(word: str) -> CombinedExpression:
    """The number of the line in which `word` first stands: how many line ends come before it."""
    before = Substr("search_text", 1, StrIndex("search_text", Value(word)))
    return Length(before) - Length(Replace(before, Value("\n"), Value("")))
