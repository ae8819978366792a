"""The pages of this room, a file each."""

from .checkout import order_create
from .detail import order_detail
from .lookup import order_link, order_lookup
from .withdrawal import withdraw

__all__ = ["order_create", "order_detail", "order_link", "order_lookup", "withdraw"]
