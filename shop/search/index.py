"""Writes `Product.search_text` and the words of the catalogue. Only this file does. Has products listed with it."""

from shop import listings
from shop.models import Product, ProductQuerySet, SearchWeight, SearchWord

from .words import normalise

BATCH = 500


def index(products: ProductQuerySet) -> None:
    """Note the words of `products` and their places in lists: call it when anything but price and stock has changed.

    A second call changes nothing. Takes ten statements per 500 products.
    """
    batch: list[Product] = []
    for product in products.select_related("category").prefetch_related("attribute_values__attribute").iterator(BATCH):
        product.search_text = text_of(product)
        batch.append(product)
        if len(batch) == BATCH:
            _write(batch)
            batch = []
    _write(batch)


def text_of(product: Product) -> str:
    """Four lines of words, the most telling first, each word with a space before it.

    The name, then the attribute values by the weight of their attribute; the category counts little.
    """
    lines: dict[str, list[str]] = {"A": [product.name], **{weight: [] for weight in SearchWeight.values}}
    for value in product.attribute_values.all():
        lines[value.attribute.search_weight].append(value.name)
    lines[SearchWeight.LOW].append(product.category.name)
    return "\n".join(f" {normalise(' '.join(names))}" for names in lines.values())


def forget_words() -> int:
    """Forget the words that no product has any more; how many those were. A second call forgets none."""
    used: set[str] = set()
    for text in Product.objects.published().values_list("search_text", flat=True).iterator(5000):
        used.update(text.split())
    unused = [word for word in SearchWord.objects.values_list("word", flat=True).iterator() if word not in used]
    for start in range(0, len(unused), BATCH):
        SearchWord.objects.filter(word__in=unused[start : start + BATCH]).delete()
    return len(unused)


def _write(products: list[Product]) -> None:
    Product.objects.bulk_update(products, ["search_text"])
    words = {word for product in products if product.published for word in product.search_text.split()}
    # Sorted, so that two who write the same words wait for each other in turn.
    SearchWord.objects.bulk_create((SearchWord(word=word) for word in sorted(words)), ignore_conflicts=True)
    listings.refresh([product.pk for product in products])
