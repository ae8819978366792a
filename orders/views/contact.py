"""How the shop is reached."""

from email.utils import parseaddr

from django.conf import settings

from shop import profile


def contact_address() -> str:
    """The shop's own address, or the one that answers to its mails reach."""
    return profile.current().email or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
