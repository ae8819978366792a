from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0010_indexes_of_moments")]

    operations = [
        migrations.AddField(
            model_name="order",
            name="nothing_to_ship",
            field=models.BooleanField(
                db_default=False, editable=False, help_text="All of it was shipped or taken off, which stays so."
            ),
        ),
    ]
