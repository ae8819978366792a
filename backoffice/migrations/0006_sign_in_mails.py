from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("backoffice", "0005_sign_in")]

    operations = [
        migrations.AddField(
            model_name="signinevent",
            name="tell_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="signinevent",
            name="language",
            field=models.CharField(blank=True, db_default="", editable=False, max_length=10),
        ),
    ]
