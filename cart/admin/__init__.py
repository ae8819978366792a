"""What staff see of carts, coupons, shipping and tax, a file for each subject."""

from .alerts import StockAlertAdmin
from .carts import CartAdmin
from .coupons import CouponAdmin
from .prices import ShippingMethodAdmin, TaxRateAdmin

__all__ = ["CartAdmin", "CouponAdmin", "ShippingMethodAdmin", "StockAlertAdmin", "TaxRateAdmin"]
