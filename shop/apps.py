from importlib import import_module

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ShopConfig(AppConfig):
    name = "shop"

    def ready(self) -> None:
        import_module("shop.checks")  # they register themselves
        post_migrate.connect(import_module("shop.changes").install, sender=self)
