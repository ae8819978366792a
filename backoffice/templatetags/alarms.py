"""What is wrong now, on the admin's first page: `{% alarms %}`."""

from typing import Any

from django import template

from background import health

register = template.Library()


@register.inclusion_tag("backoffice/_alarms.html")
def alarms() -> dict[str, Any]:
    """A list of the alarms that stand, or nothing."""
    return {"alarms": list(health.alarms())}
