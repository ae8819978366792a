"""The shop as a process shows it that has kept nothing: every page, card and facet is drawn anew."""

from shop_project.wsgi import application  # sets Django up

from shop import keeping  # isort: skip
from shop.templatetags import drawn  # isort: skip

keeping.LONGEST = 0
drawn._card = drawn._card.__wrapped__  # type: ignore[assignment]
drawn._facet = drawn._facet.__wrapped__  # type: ignore[assignment]

__all__ = ["application"]
