"""Tells Postgres that paid orders with something to ship are few, which it would not guess from each column alone."""

from django.db import migrations


def make(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE STATISTICS IF NOT EXISTS order_shipping (mcv) ON status, nothing_to_ship FROM orders_order"
        )


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP STATISTICS IF EXISTS order_shipping")


class Migration(migrations.Migration):
    dependencies = [("orders", "0014_index_country")]

    operations = [migrations.RunPython(make, drop)]
