"""Tells ADMINS by mail when alarms come and go. Only this file writes AlarmMail."""

from datetime import timedelta

from django.conf import settings
from django.core.mail import mail_admins
from django.utils import timezone, translation
from django.utils.translation import gettext as _, ngettext

from . import health
from .locks import sweep_lock
from .models import AlarmMail

REMIND_AFTER = timedelta(days=1)


def tell_admins() -> bool:
    """Mail when other alarms stand than the last mail named, and once a day while any does; whether one was sent.

    It is in the shop's language. A second call sends nothing. A mail that cannot be sent is raised, and tried again by
    the next call.
    """
    with sweep_lock("alarms") as held:
        if not held or not settings.ADMINS:
            return False
        with translation.override(settings.LANGUAGE_CODE):
            alarms = list(health.alarms())
            subject, body = _subject(alarms), _body(alarms)
        names = sorted({alarm.name for alarm in alarms})
        last = AlarmMail.objects.first()
        if names == (last.names if last else []) and (not names or not last or not _is_old(last)):
            return False
        mail_admins(subject, body)
        AlarmMail.objects.create(names=names)
        return True


def _is_old(mail: AlarmMail) -> bool:
    return mail.sent_at <= timezone.now() - REMIND_AFTER


def _subject(alarms: list[health.Alarm]) -> str:
    if not alarms:
        return _("all is well again")
    return ngettext("%d alarm", "%d alarms", len(alarms)) % len(alarms)


def _body(alarms: list[health.Alarm]) -> str:
    lines = [f"- {alarm.sentence} [{alarm.heading}]" for alarm in alarms] or [_("No alarm stands any more.")]
    if alarms:
        lines += ["", _("What to do: docs/operations.md, under the name in brackets.")]
    now, staff = f"{settings.SITE_URL}/readyz?deep", f"{settings.SITE_URL}/admin/"
    return "\n".join([*lines, "", _("Now: %s") % now, _("Staff: %s") % staff, ""])
