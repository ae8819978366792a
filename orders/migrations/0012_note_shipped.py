"""Orders of which nothing is left to ship learn so from their lines."""

from django.db import migrations
from django.db.models import Exists, F, OuterRef

BATCH = 5000


def note_shipped(apps, schema_editor):
    """In batches, so that no lock is held for long. A second run finds the same."""
    Order, LineItem = apps.get_model("orders", "Order"), apps.get_model("orders", "LineItem")
    goods = LineItem.objects.filter(order=OuterRef("pk"), variant__isnull=False)
    left = goods.filter(quantity__gt=F("shipped_units") + F("canceled_units"))
    last = Order.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    for first in range(0, last + 1, BATCH):
        batch = Order.objects.filter(pk__gt=first, pk__lte=first + BATCH, status="paid", nothing_to_ship=False)
        batch.filter(~Exists(left)).update(nothing_to_ship=True)


class Migration(migrations.Migration):
    atomic = False  # a batch is a transaction of its own

    dependencies = [("orders", "0011_nothing_to_ship")]

    operations = [migrations.RunPython(note_shipped, migrations.RunPython.noop)]
