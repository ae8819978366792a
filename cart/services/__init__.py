"""Everything that changes a cart. Lines are written by upsert, so two tabs never lose an add."""

from .alerts import TooManyAlerts, due_alerts, forget_alerts, forget_old_alerts, request_alert, send_alert
from .choices import CouponRefused, drop_coupon, enter_coupon, ship_to
from .keys import cart_of, key_of, link_to, linked_cart, read_cart, remember
from .lines import LimitReached, accept_prices, add, drop, merge, set_quantity, units_in
from .orders import hold, remove, remove_old, take_out

__all__ = [
    "CouponRefused",
    "LimitReached",
    "TooManyAlerts",
    "accept_prices",
    "add",
    "cart_of",
    "drop",
    "drop_coupon",
    "due_alerts",
    "enter_coupon",
    "forget_alerts",
    "forget_old_alerts",
    "hold",
    "key_of",
    "link_to",
    "linked_cart",
    "merge",
    "read_cart",
    "remember",
    "remove",
    "remove_old",
    "request_alert",
    "send_alert",
    "set_quantity",
    "ship_to",
    "take_out",
    "units_in",
]
