from django.db import migrations, models

from background.indexes import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("orders", "0013_index_to_ship")]

    operations = [
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(fields=["country"], name="order_country"),
        ),
    ]
