"""How the shop is reached."""

from email.utils import parseaddr

from django.conf import settings


def contact_address() -> str:
    """The address that answers to mails of the shop reach."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
