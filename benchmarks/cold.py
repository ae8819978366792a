"""The shop as a process shows it that has kept no page: all that is shown is read, counted and drawn anew."""

from shop_project.wsgi import application  # sets Django up

from shop import keeping  # isort: skip

keeping.LONGEST = 0

__all__ = ["application"]
