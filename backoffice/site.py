"""Django's admin, its rooms in the order in which staff need them."""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest

ROOMS = ("orders", "payment", "shop", "cart", "messager", "backoffice", "auth", "admin", "background")
FIRST = {"Order", "Payment", "Product", "Coupon", "Report"}  # of the models of a room


class ShopAdminSite(AdminSite):
    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Orders first, and of each room first what it is about; rooms that nobody ranked come last."""
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["models"].sort(key=lambda model: model["object_name"] not in FIRST)
        places = {room: place for place, room in enumerate(ROOMS)}
        return sorted(apps, key=lambda app: places.get(app["app_label"], len(places)))
