"""What lists are read from, however many products there are. Only shop/listings writes these."""

from django.db import models
from django.db.models import F
from django.utils import timezone

from .products import Product


class Listing(models.Model):
    """That one list shows a product, with all that the list is sorted and narrowed by.

    A product has a row for the list of everything, for its shelf, for each of its values, and for those above them.
    Cards show the product itself: a listing that is a moment behind shows in no price and no stock.
    """

    pk = models.CompositePrimaryKey("product_id", "place")
    product = models.ForeignKey(Product, models.CASCADE, related_name="listings", db_index=False)
    place = models.BigIntegerField()  # which list: see shop/listings/places.py
    name = models.CharField(max_length=200)
    price = models.DecimalField(max_digits=12, decimal_places=3)  # the lowest in stock, else the lowest
    in_stock = models.BooleanField()
    popularity = models.FloatField()

    class Meta:
        indexes = [  # one for each order of lists: a page costs the same in a list of ten and of a million
            models.Index("place", F("in_stock").desc(), F("popularity").desc(), "product", name="listing_recommended"),
            models.Index(fields=["place", "price", "product"], name="listing_by_price"),
            models.Index(fields=["place", "name", "product"], name="listing_by_name"),
            models.Index(fields=["place", "product"], name="listing_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} in {self.place}"


class DueListing(models.Model):
    """That a product's listings may be behind: a worker lists it anew. Rows are added by any number of writers."""

    product_id = models.BigIntegerField()  # no foreign key, which would lock the product

    def __str__(self) -> str:
        return str(self.product_id)


class CountedList(models.Model):
    """How many products a long list has; short ones are counted when they are looked at."""

    place = models.BigIntegerField(primary_key=True)
    products = models.PositiveIntegerField()
    in_stock = models.PositiveIntegerField()
    counted_at = models.DateTimeField(default=timezone.now)
    seconds = models.FloatField(default=0)  # how long counting took

    def __str__(self) -> str:
        return f"{self.products} in {self.place}"


class ListCount(models.Model):
    """How many products of a long list are in another list, too: the number beside a choice."""

    pk = models.CompositePrimaryKey("of_id", "place")
    of = models.ForeignKey(CountedList, models.CASCADE, related_name="counts", db_index=False)
    place = models.BigIntegerField()
    products = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.products} of {self.of_id} in {self.place}"


class KeptCounts(models.Model):
    """What was counted of a whole list, and of which version of the catalogue: see shop/listings/kept.py."""

    place = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    version = models.TextField()
    rows = models.TextField()

    def __str__(self) -> str:
        return f"{self.place} at {self.at}"
