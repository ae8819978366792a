"""The pages of this room, a file each."""

from .checkout import order_create
from .detail import order_detail
from .documents import order_credit_note, order_invoice
from .lookup import order_link, order_lookup
from .opt_out import opt_out
from .withdrawal import withdraw

__all__ = [
    "opt_out",
    "order_create",
    "order_credit_note",
    "order_detail",
    "order_invoice",
    "order_link",
    "order_lookup",
    "withdraw",
]
