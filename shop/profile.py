"""Who runs the shop, for every page: read once in a while, and at once where it was just changed."""

import time
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import get_language

from .models import LegalPage, ShopProfile

FRESH = 20  # seconds: the longest that another process shows what was there before
WITHOUT_TEXT = {LegalPage.Kind.COOKIES}  # pages that the shop itself has words for

# What the law wants a shop to name (Directive 2000/31/EC, Article 5), and the bank, without which nobody can transfer.
EXPECTED = ("legal_name", "address", "vat_id", "register", "email", "phone", "bank", "iban")


@dataclass(frozen=True)
class Known:
    """The profile, and the kinds of legal pages that there are, in their order."""

    profile: ShopProfile
    pages: tuple[LegalPage, ...]
    until: float


_known: Known | None = None


def current() -> ShopProfile:
    """The profile; without a row one that is empty. At most two queries in FRESH seconds and process."""
    return _read().profile


def pages() -> tuple[LegalPage, ...]:
    """Every legal page that can be opened, without its text. Costs what `current` does."""
    return _read().pages


def contact_recipients() -> list[str]:
    """Who gets what shoppers write: the profile's address; without one, those of the settings."""
    mine = current().email
    return [mine] if mine else settings.CONTACT_RECIPIENTS or [settings.DEFAULT_FROM_EMAIL]


def replies_to() -> list[str] | None:
    """Where answers to the shop's mails go; None where the sender's address is meant to get them."""
    return [current().email] if current().email else None


def page(kind: str) -> LegalPage | None:
    """The page in the visitor's language, else in the one that it was first written in; None where there is none."""
    written = {text.language: text for text in LegalPage.objects.filter(kind=kind).exclude(text="")}
    found = written.get(get_language() or "") or next(iter(written.values()), None)
    return found or (LegalPage(kind=kind) if kind in WITHOUT_TEXT else None)


def forget_on_commit() -> None:
    """The profile or a page is being changed: this process reads them anew after the commit, others within FRESH."""
    transaction.on_commit(forget)


def forget() -> None:
    """Read anew the next time."""
    global _known
    _known = None


def lacking() -> list[str | Promise]:
    """What is still empty and should not be, as people call it. Two queries."""
    profile = ShopProfile.objects.first() or ShopProfile()
    written = set(LegalPage.objects.exclude(text="").values_list("kind", flat=True))
    names = [
        field.verbose_name
        for field in profile._meta.fields
        if field.name in EXPECTED and not getattr(profile, field.name)
    ]
    return [*names, *(kind.label for kind in LegalPage.Kind if kind not in written | WITHOUT_TEXT)]


def _read() -> Known:
    global _known
    known = _known
    if known is None or known.until < time.monotonic():
        written = set(LegalPage.objects.exclude(text="").values_list("kind", flat=True))
        kinds = [kind for kind in LegalPage.Kind if kind in written | WITHOUT_TEXT]
        known = _known = Known(
            profile=ShopProfile.objects.first() or ShopProfile(),
            pages=tuple(LegalPage(kind=kind) for kind in kinds),
            until=time.monotonic() + FRESH,
        )
    return known
