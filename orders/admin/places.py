"""Where orders go, to narrow their list down to."""

from typing import Any

from django.contrib import admin
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from cart.pricing import country_name
from orders.models import Order

# DISTINCT would read every order; this looks up the next country in the index, as often as there are countries.
COUNTRIES = """
    WITH RECURSIVE found (country) AS (
        SELECT min(country) FROM orders_order
        UNION ALL
        SELECT (SELECT min(country) FROM orders_order WHERE country > found.country) FROM found
        WHERE found.country IS NOT NULL
    )
    SELECT country FROM found WHERE country > ''
"""


class CountryFilter(admin.SimpleListFilter):
    """The countries that something was ordered to."""

    title = _("country")
    parameter_name = "country"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        with connection.cursor() as cursor:
            cursor.execute(COUNTRIES)
            codes = [code for (code,) in cursor.fetchall()]
        return sorted(((code, country_name(code)) for code in codes), key=lambda pair: pair[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Order]) -> QuerySet[Order]:
        return queryset.filter(country=self.value()) if self.value() else queryset
