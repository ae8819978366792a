"""Who did something, in words: what histories keep in English is shown in the reader's language."""

from django.utils.translation import gettext_lazy as _

ACTORS = {
    "shopper": _("shopper"),
    "sweep": _("the clock"),
    "shop": _("the shop"),
    "nothing to pay": _("nothing to pay"),
    "command line": _("command line"),
}


def who(actor: str) -> str:
    """Who did it; names of staff, of programs and of Stripe stay as they are."""
    return str(ACTORS.get(actor, actor))
