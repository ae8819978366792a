"""The catalogue as staff keep it. Prices change through shop/prices.py, stock through shop/stock.py."""

from . import imports, ledger, products, profile, searches, shelves

__all__ = ["imports", "ledger", "products", "profile", "searches", "shelves"]
