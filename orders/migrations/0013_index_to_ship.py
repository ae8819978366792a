from django.db import migrations, models

from background.indexes import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("orders", "0012_note_shipped")]

    operations = [
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(
                fields=["-created", "-id"],
                condition=models.Q(status="paid", nothing_to_ship=False),
                name="order_to_ship",
            ),
        ),
    ]
