"""The cart as rows, and the rules its price is made of: shipping, tax, coupons. No price is charged from a cart."""

from .alerts import StockAlert
from .carts import Cart, CartLine, new_key
from .coupons import Coupon, CouponUse
from .shipping import ShippingMethod, ShippingPrice
from .taxes import TaxRate

__all__ = [
    "Cart",
    "CartLine",
    "Coupon",
    "CouponUse",
    "ShippingMethod",
    "ShippingPrice",
    "StockAlert",
    "TaxRate",
    "new_key",
]
