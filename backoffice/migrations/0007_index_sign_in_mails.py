from django.db import migrations, models

from background.indexes import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("backoffice", "0006_sign_in_mails")]

    operations = [
        AddIndexConcurrently(
            model_name="signinevent",
            index=models.Index(
                fields=["tell_at"], condition=models.Q(tell_at__isnull=False), name="sign_in_event_to_tell"
            ),
        ),
    ]
