from django.apps import AppConfig
from django.contrib.admin import apps as admin

from . import names


class BackofficeConfig(AppConfig):
    name = "backoffice"
    default = True

    def ready(self) -> None:
        names.translate()  # it is the last room: every page of the admin is registered by now


class ShopAdminConfig(admin.AdminConfig):
    """Django's admin with the order of a working day."""

    default = False
    default_site = "backoffice.site.ShopAdminSite"
