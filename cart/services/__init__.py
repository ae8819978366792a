"""Everything that changes a cart. Lines are written by upsert, so two tabs never lose an add."""

from .choices import CouponRefused, drop_coupon, enter_coupon, ship_to
from .keys import cart_of, key_of, link_to, linked_cart, read_cart, remember
from .lines import LimitReached, accept_prices, add, drop, merge, set_quantity, units_in
from .orders import hold, remove_old, take_out

__all__ = [
    "CouponRefused",
    "LimitReached",
    "accept_prices",
    "add",
    "cart_of",
    "drop",
    "drop_coupon",
    "enter_coupon",
    "hold",
    "key_of",
    "link_to",
    "linked_cart",
    "merge",
    "read_cart",
    "remember",
    "remove_old",
    "set_quantity",
    "ship_to",
    "take_out",
    "units_in",
]
