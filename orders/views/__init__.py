"""The pages of this room, a file each."""

from .checkout import order_create
from .detail import order_detail

__all__ = ["order_create", "order_detail"]
