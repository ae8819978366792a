"""The pages of this room, a file each."""

from .checkout import order_create
from .detail import order_detail
from .withdrawal import withdraw

__all__ = ["order_create", "order_detail", "withdraw"]
