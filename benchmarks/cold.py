"""The shop as a process shows it that keeps no page: all that is shown is read and drawn anew.

What was counted of whole lists is read from the database, where any process has put it (shop/listings/kept.py).
"""

from shop_project.wsgi import application  # sets Django up

from shop import keeping  # isort: skip

keeping.LONGEST = 0

__all__ = ["application"]
