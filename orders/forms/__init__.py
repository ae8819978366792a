"""What people say to this room, a file for each page."""

from .checkout import ADDRESS_FIELDS, CheckoutForm, ShownForm
from .lookup import LookupForm
from .shipping import DeliveredForm, ShipForm
from .withdrawal import WithdrawalForm

__all__ = ["ADDRESS_FIELDS", "CheckoutForm", "DeliveredForm", "LookupForm", "ShipForm", "ShownForm", "WithdrawalForm"]
