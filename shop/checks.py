"""What `manage.py check --deploy` says of the shop's profile."""

from typing import Any

from django.core.checks import CheckMessage, Info, Warning, register
from django.db import DatabaseError
from django.utils.translation import gettext as _

from . import profile


@register(deploy=True)
def profile_is_complete(**_kwargs: Any) -> list[CheckMessage]:
    """A warning that names what is still empty; a note where the database cannot be asked."""
    try:
        lacking = profile.lacking()
    except DatabaseError as error:
        return [Info(f"The shop profile was not checked: {type(error).__name__}.", id="shop.I001")]
    if not lacking:
        return []
    names = ", ".join(str(name) for name in lacking)
    return [
        Warning(
            _("The shop profile is not complete. Still empty: %(names)s.") % {"names": names},
            hint=_("Admin, Shop profile. The law of most countries asks for these."),
            id="shop.W001",
        )
    ]
