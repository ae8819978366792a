"""What happened at the door of the admin, and who asked for a new password."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SignInEventQuerySet(models.QuerySet["SignInEvent"]):
    def to_tell(self) -> "SignInEventQuerySet":
        """Events whose account is still to be told by mail, and whose next try is not in the future."""
        return self.filter(tell_at__lte=timezone.now())


class SignInEvent(models.Model):
    """One thing that happened around an account of staff. Only backoffice/signin/audit.py writes it, and once.

    What was typed is never kept: people type passwords where names belong.
    """

    class Kind(models.TextChoices):
        SIGNED_IN = "signed_in", _("signed in")
        SIGNED_OUT = "signed_out", _("signed out")
        CONFIRMED = "confirmed", _("confirmed who it is")
        WRONG_PASSWORD = "wrong_password", _("wrong name or password")
        WRONG_FACTOR = "wrong_factor", _("wrong second factor")
        THROTTLED = "throttled", _("too many tries")
        RECOVERY_CODE = "recovery_code", _("recovery code used")
        FACTOR_ADDED = "factor_added", _("second factor added")
        FACTOR_REMOVED = "factor_removed", _("second factor removed")
        FACTORS_RESET = "factors_reset", _("second factors reset by another")
        CODES_MADE = "codes_made", _("recovery codes made")
        PASSWORD_CHANGED = "password_changed", _("password changed")
        RESET_ASKED = "reset_asked", _("new password asked for")

    at = models.DateTimeField(_("when"), default=timezone.now, db_index=True)
    kind = models.CharField(_("what"), max_length=20, choices=Kind)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("account")
    )
    name = models.CharField(_("name"), max_length=150, blank=True, help_text=_("Empty where no account has it."))
    about = models.CharField(_("more"), max_length=100, blank=True)
    address = models.CharField(_("address"), max_length=50, blank=True, help_text=_("Forgotten after some months."))
    browser = models.CharField(_("browser"), max_length=200, blank=True, help_text=_("Forgotten with the address."))

    # The mail to the account's holder, which backoffice/signin/notices.py sends.
    tell_at = models.DateTimeField(null=True, blank=True, editable=False)
    language = models.CharField(max_length=10, blank=True, db_default="", editable=False)

    objects = SignInEventQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name, verbose_name_plural = _("sign-in event"), _("sign-in events")
        indexes = [models.Index(fields=["tell_at"], condition=Q(tell_at__isnull=False), name="sign_in_event_to_tell")]

    def __str__(self) -> str:
        return f"{self.name or '?'}: {self.get_kind_display()}"


class PasswordResetQuerySet(models.QuerySet["PasswordReset"]):
    def overdue(self) -> "PasswordResetQuerySet":
        """Requests that a worker should have answered by now."""
        return self.filter(answered_at=None, at__lte=timezone.now() - timedelta(seconds=15))


class PasswordReset(models.Model):
    """Somebody wants a new password for the account with this address; a worker looks whether there is one."""

    email = models.EmailField(blank=True, help_text="Forgotten when it is answered.")
    language = models.CharField(max_length=10)
    at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = PasswordResetQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["at"], condition=Q(answered_at=None), name="password_reset_due")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S}"
