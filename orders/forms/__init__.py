"""What people say to this room, a file for each page."""

from .checkout import ADDRESS_FIELDS, CheckoutForm, ShownForm
from .shipping import DeliveredForm, ShipForm
from .withdrawal import WithdrawalForm

__all__ = ["ADDRESS_FIELDS", "CheckoutForm", "DeliveredForm", "ShipForm", "ShownForm", "WithdrawalForm"]
