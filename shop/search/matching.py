"""Which products a query finds, and which of them first."""

from functools import reduce
from operator import add
from typing import Any

from django.db import connection
from django.db.models import BooleanField, FloatField, Func, Q, QuerySet, TextField, Value
from django.db.models.expressions import CombinedExpression, RawSQL
from django.db.models.functions import Length, Replace, StrIndex, Substr

from shop import catalogue
from shop.models import Product

from .words import asked_words


def find(query: str, *, most: int = catalogue.LONG) -> tuple[int, ...]:
    """The products in which every word of `query` begins a word, the best match first. One database query.

    Where more than `most` match, those that are recommended first are looked at; none for a query without words.
    """
    words = asked_words(query)
    if not words:
        return ()
    listed: Any = Product.objects.filter(listings__place=catalogue.Scope().place)
    found = _by_full_text(listed, words) if connection.vendor == "postgresql" else _by_line(listed, words)
    order = ("-listings__in_stock", "-listings__popularity", "pk")
    best = list(found.order_by(*order).values_list("pk", "relevance")[:most])
    return tuple(pk for pk, _relevance in sorted(best, key=lambda row: -row[1]))  # equal ones stay as recommended


def _by_full_text(listed: "QuerySet[Product]", words: list[str]) -> Any:
    document = RawSQL('"shop_product"."search_words"', (), TextField())  # of migration 0009: Django knows no such field
    # Words hold letters and digits only, so that nothing in them is an operator.
    query = Func(Value(" & ".join(f"{word}:*" for word in words)), template="to_tsquery('simple', %(expressions)s)")
    match = Func(document, query, template="%(expressions)s", arg_joiner=" @@ ", output_field=BooleanField())
    return listed.filter(match).annotate(relevance=Func(document, query, function="ts_rank", output_field=FloatField()))


def _by_line(listed: "QuerySet[Product]", words: list[str]) -> Any:
    """The earlier the lines in which the words first stand, the better: see index.text_of."""
    condition = Q()
    for word in words:
        condition &= Q(search_text__contains=f" {word}")
    lines: list[Any] = [_line_of(f" {word}") for word in words]
    return listed.filter(condition).annotate(relevance=Value(0.0, FloatField()) - reduce(add, lines))


def _line_of(word: str) -> CombinedExpression:
    """The number of the line in which `word` first stands: how many line ends come before it."""
    before = Substr("search_text", 1, StrIndex("search_text", Value(word)))
    return Length(before) - Length(Replace(before, Value("\n"), Value("")))
