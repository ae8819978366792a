"""Django's admin, its rooms in the order in which staff need them."""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest

ROOMS = ("orders", "payment", "shop", "cart", "messager", "backoffice", "auth", "admin", "background")
FIRST = {"Order", "Payment", "Product", "Coupon", "Report"}  # of the models of a room


class ShopAdminSite(AdminSite):
    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Orders first, and of each room first what it is about; rooms that nobody ranked come last.

        Django asks twice for the first page, and each model's permissions each time: a request remembers the answer.
        """
        known: dict[str | None, list[Any]] = request.__dict__.setdefault("_app_lists", {})
        if app_label not in known:
            apps = super().get_app_list(request, app_label)
            for app in apps:
                app["models"].sort(key=lambda model: model["object_name"] not in FIRST)
            places = {room: place for place, room in enumerate(ROOMS)}
            known[app_label] = sorted(apps, key=lambda app: places.get(app["app_label"], len(places)))
        return known[app_label]
