from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.db.models.signals import post_migrate

from . import names
from .signin import roles


class BackofficeConfig(AppConfig):
    name = "backoffice"
    default = True

    def ready(self) -> None:
        names.translate()  # it is the last room: every page of the admin is registered by now
        # After the last room's permissions were made: this room is the last.
        post_migrate.connect(roles.load, sender=self, dispatch_uid="roles of staff")


class ShopAdminConfig(admin.AdminConfig):
    """Django's admin with the order of a working day."""

    default = False
    default_site = "backoffice.site.ShopAdminSite"
