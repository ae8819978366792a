"""Development's letter box: the mails that were written to files instead of being sent, at /dev/mail/."""

import email
import email.policy
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from csp.decorators import csp_replace
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from orders.emails.frame import MAIL_POLICY, framed

SEPARATOR = b"-" * 79  # Django's file backend puts this line after each message
LONGEST_LIST = 200


@dataclass(frozen=True)
class Mail:
    """One message out of its file."""

    name: str
    message: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def sender(self) -> str:
        return str(self.message["From"])

    @property
    def to(self) -> str:
        return str(self.message["To"])

    @property
    def date(self) -> datetime:
        sent = parsedate_to_datetime(str(self.message["Date"]))
        return sent if sent.tzinfo else sent.replace(tzinfo=UTC)  # -0000, as Django writes UTC

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    def _part(self, subtype: str) -> str:
        part = self.message.get_body(preferencelist=(subtype,))
        return str(part.get_content()) if part else ""


def _files() -> list[Path]:
    return sorted(Path(settings.EMAIL_FILE_PATH).glob("*.log"), reverse=True)


def _read(path: Path) -> Mail:
    content = path.read_bytes().split(b"\n" + SEPARATOR)[0]
    return Mail(path.stem, email.message_from_bytes(content, EmailMessage, policy=email.policy.default))


def _named(name: str) -> Mail:
    path = next((path for path in _files() if path.stem == name), None)
    if path is None:
        raise Http404
    return _read(path)


@require_safe
def mail_list(request: HttpRequest) -> HttpResponse:
    """Newest first."""
    return render(
        request, "backoffice/dev_mail_list.html", {"mails": [_read(path) for path in _files()[:LONGEST_LIST]]}
    )


@require_safe
def mail_detail(request: HttpRequest, name: str) -> HttpResponse:
    """One mail as text; a frame in the page shows its HTML."""
    return render(request, "backoffice/dev_mail_detail.html", {"mail": _named(name)})


@xframe_options_sameorigin
@csp_replace(MAIL_POLICY)  # type: ignore[arg-type]
@require_safe
def mail_html(request: HttpRequest, name: str) -> HttpResponse:
    """One mail's HTML, under a policy of its own."""
    html = _named(name).html
    if not html:
        raise Http404
    return HttpResponse(framed(html))
