"""Django's admin, its rooms in the order in which staff need them."""

import functools
from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.options import TO_FIELD_VAR
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse

ROOMS = ("orders", "payment", "shop", "cart", "messager", "backoffice", "auth", "admin", "background")
FIRST = {"Order", "Payment", "Product", "Coupon", "Report"}  # of the models of a room


class ShopAdminSite(AdminSite):
    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Django's, but for popups that name no field to go by, and years of which it could make no day."""

        @functools.wraps(view)
        def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if "" in (request.POST.get(TO_FIELD_VAR), request.GET.get(TO_FIELD_VAR)):
                raise SuspiciousOperation("a popup that names no field")
            if any(name.endswith("__year") and len(year) > 4 for name, year in request.GET.items()):
                raise SuspiciousOperation("a year that no calendar has")
            return view(request, *args, **kwargs)

        return super().admin_view(asked, cacheable)

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
