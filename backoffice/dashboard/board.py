"""Everything that the dashboard shows to a member of staff. It only reads."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User

from shop import low_stock
from shop.models import Variant

from .sales import Sales, sales
from .waiting import Waiting, waiting_for

LOW = 10  # variants


@dataclass(frozen=True)
class Board:
    """The dashboard of one member of staff: parts that they may not see are None or empty."""

    waiting: list[Waiting]
    sales: Sales | None
    low_stock: list[Variant] | None


def board_for(user: User | AnonymousUser) -> Board:
    """What this member of staff may see. The number of queries does not grow with the shop."""
    low = low_stock.low().select_related("product").order_by("available", "product__name", "pk")[:LOW]
    return Board(
        waiting=list(waiting_for(user)),
        sales=sales() if user.has_perm("backoffice.view_dayfigure") else None,
        low_stock=list(low) if user.has_perm("shop.view_product") else None,
    )
