"""A mail that an order owes its customer: the row is the promise."""

from orders.emails import owe as owe_email

__all__ = ["owe_email"]
