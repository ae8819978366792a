"""Finding products by words, whatever their case and accents, alike on every database.

Each product keeps its normalised words in `Product.search_text`; only this file writes and reads it.
"""

import unicodedata

from django.db.models import Q

from .models import Product, ProductQuerySet

LONGEST_QUERY = 100
MOST_WORDS = 8
# Letters that Unicode does not take apart into a base letter and an accent.
PLAIN = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ß": "ss", "’": "'"})


def normalise(text: str) -> str:
    """Lower case, without accents, NUL bytes and double spaces: "Rosé  DE" becomes "rose de"."""
    folded = unicodedata.normalize("NFKD", text).casefold().translate(PLAIN)
    letters = unicodedata.normalize("NFKD", folded)
    return " ".join("".join(c for c in letters if not unicodedata.combining(c) and c != "\0").split())


def clean(query: str) -> str:
    """What somebody typed, as a page may repeat it: printable, one line, not endless."""
    return " ".join("".join(c if c.isprintable() else " " for c in query).split())[:LONGEST_QUERY]


def matching(products: ProductQuerySet, query: str) -> ProductQuerySet:
    """Those of `products` in which every word of `query` occurs; all of them for an empty query."""
    words = normalise(query[:LONGEST_QUERY]).split()[:MOST_WORDS]
    condition = Q()
    for word in words:
        condition &= Q(search_text__contains=word)
    return products.filter(condition)


def index(products: ProductQuerySet) -> None:
    """Note the words of `products` afresh: call it when a name, category or attribute value has changed.

    A second call changes nothing. Takes four statements per 500 products.
    """
    batch: list[Product] = []
    for product in products.select_related("category").prefetch_related("attribute_values").iterator(500):
        values = [value.name for value in product.attribute_values.all()]
        product.search_text = normalise(" ".join([product.name, product.category.name, *values]))
        batch.append(product)
    Product.objects.bulk_update(batch, ["search_text"], batch_size=500)
