"""New passwords for lost ones: the page always answers the same, and a worker mails the link, if there is an account.

So neither the words nor the time of the answer tell whether there is one: the web process never looks.
"""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from background import limits
from background.task import nudge

from ..models import PasswordReset

KEPT = timedelta(days=1)
GIVE_UP = timedelta(hours=1)  # the shop's mail server was away: by then the person has asked again


def ask(email: str, *, language: str, visitor: str) -> None:
    """Write down that a link is wanted; a worker answers. Raises limits.TooMany. A second call is a second request."""
    limits.spend("password resets of a visitor", visitor, settings.LOOKUPS_PER_VISITOR)
    limits.spend("password resets of an address", email.lower(), settings.LOOKUPS_PER_EMAIL)
    nudge("backoffice.tasks.answer_password_reset", PasswordReset.objects.create(email=email, language=language).pk)


def answer(pk: int) -> int:
    """Mail the link to every active account of staff with the address; how many. A second call does nothing.

    Two at the same moment may both mail, which does no harm. A failure of the mail server is raised, and the sweep
    tries again within the hour.
    """
    asked = PasswordReset.objects.filter(pk=pk, answered_at=None).first()
    if asked is None:
        return 0
    accounts = get_user_model()._default_manager.filter(email__iexact=asked.email, is_active=True, is_staff=True)
    found = [account for account in accounts if account.has_usable_password()]
    with translation.override(asked.language):
        for account in found:
            _mail(account)
    asked.email, asked.answered_at = "", timezone.now()
    asked.save(update_fields=["email", "answered_at"])
    return len(found)


def forget_old() -> None:
    """Give up what could not be answered, and delete what nobody asks about any more."""
    now = timezone.now()
    PasswordReset.objects.filter(answered_at=None, at__lt=now - GIVE_UP).update(email="", answered_at=now)
    PasswordReset.objects.filter(at__lt=now - KEPT).delete()


def _mail(account: User) -> None:
    parts = [urlsafe_base64_encode(force_bytes(account.pk)), default_token_generator.make_token(account)]
    link = settings.SITE_URL + reverse("password_reset_confirm", args=parts)
    context = {"account": account, "link": link, "shop_name": settings.SHOP_NAME}
    EmailMessage(
        subject=_("A new password at %s") % settings.SHOP_NAME,
        body=render_to_string("backoffice/signin/reset.txt", context),
        to=[account.email],
    ).send()
