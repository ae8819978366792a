"""The catalogue as staff keep it. Prices change through shop/prices.py, stock through shop/stock.py."""

from . import ledger, products, shelves

__all__ = ["ledger", "products", "shelves"]
