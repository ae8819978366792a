"""What people say to this room, a file for each page."""

from .age import minimum_age
from .checkout import ADDRESS_FIELDS, CheckoutForm, ShownForm, new_token
from .correcting import CorrectionForm, NoteForm
from .lookup import LookupForm
from .shipping import DeliveredForm, ShipForm, ShipManyForm
from .withdrawal import WithdrawalForm

__all__ = [
    "ADDRESS_FIELDS",
    "CheckoutForm",
    "CorrectionForm",
    "DeliveredForm",
    "LookupForm",
    "NoteForm",
    "ShipForm",
    "ShipManyForm",
    "ShownForm",
    "WithdrawalForm",
    "minimum_age",
    "new_token",
]
