"""The shop as a process shows it that has kept nothing: every card and every facet is drawn anew."""

from shop_project.wsgi import application  # sets Django up

from shop.templatetags import drawn  # isort: skip

drawn._card = drawn._card.__wrapped__  # type: ignore[assignment]
drawn._facet = drawn._facet.__wrapped__  # type: ignore[assignment]

__all__ = ["application"]
