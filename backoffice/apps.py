from django.apps import AppConfig
from django.contrib.admin import apps as admin


class BackofficeConfig(AppConfig):
    name = "backoffice"
    default = True


class ShopAdminConfig(admin.AdminConfig):
    """Django's admin with the order of a working day."""

    default = False
    default_site = "backoffice.site.ShopAdminSite"
