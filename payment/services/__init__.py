"""The story of a payment, a file each: start a checkout, settle what Stripe says of it, end a hold, give money back.

No call to Stripe is made while a row is locked.
"""

from .agreement import SettleConflict
from .cancellation import cancel_order
from .checkout import NotPayable, open_attempt, session_parameters, start_checkout
from .disputes import settle_dispute
from .erasing import erase, has_open_money
from .holds import end_hold, refresh
from .refunds import CannotRefund, request_refund, settle_refund, submit_refund
from .settlement import payment_of, settle, settle_payment_intent, settle_session

__all__ = [
    "CannotRefund",
    "NotPayable",
    "SettleConflict",
    "cancel_order",
    "end_hold",
    "erase",
    "has_open_money",
    "open_attempt",
    "payment_of",
    "refresh",
    "request_refund",
    "session_parameters",
    "settle",
    "settle_dispute",
    "settle_payment_intent",
    "settle_refund",
    "settle_session",
    "start_checkout",
    "submit_refund",
]
