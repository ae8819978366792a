"""What every page shows: who runs the shop, its legal pages, its shelves. Read once in a while, and after a change."""

import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet, TextField, Value
from django.db.models.functions import JSONObject
from django.utils.functional import Promise
from django.utils.translation import get_language

from .models import Category, LegalPage, ShopProfile

FRESH = 20  # seconds: the longest that another process shows what was there before
WITHOUT_TEXT = {LegalPage.Kind.COOKIES}  # pages that the shop itself has words for

# What the law wants a shop to name (Directive 2000/31/EC, Article 5), and the bank, without which nobody can transfer.
EXPECTED = ("legal_name", "address", "vat_id", "register", "email", "phone", "bank", "iban")

SHOWN = [field.name for field in ShopProfile._meta.concrete_fields if field.name != "updated"]
OF_SHELF = ("id", "name", "slug", "description", "parent_id", "position")


@dataclass(frozen=True)
class Known:
    """The profile, the kinds of legal pages that there are, and every shelf, in their order; equal where these are."""

    told: str  # by the database
    profile: ShopProfile = field(compare=False)
    pages: tuple[LegalPage, ...] = field(compare=False)
    tree: tuple[Category, ...] = field(compare=False)
    until: float = field(compare=False)

    @property
    def shelves(self) -> list[Category]:
        """Those that stand in no other, which every page links to."""
        return [shelf for shelf in self.tree if shelf.parent_id is None]


_known: Known | None = None
_version: object = None


def current() -> ShopProfile:
    """The profile; without a row one that is empty. At most one query in FRESH seconds and process."""
    return known().profile


def pages() -> tuple[LegalPage, ...]:
    """Every legal page that can be opened, without its text. Costs what `current` does."""
    return known().pages


def contact_recipients() -> list[str]:
    """Who gets what shoppers write: the profile's address; without one, those of the settings."""
    mine = current().email
    return [mine] if mine else settings.CONTACT_RECIPIENTS or [settings.DEFAULT_FROM_EMAIL]


def replies_to() -> list[str] | None:
    """Where answers to the shop's mails go; None where the sender's address is meant to get them."""
    return [current().email] if current().email else None


def tree() -> tuple[Category, ...]:
    """Every shelf. Costs what `current` does."""
    return known().tree


def shelves() -> list[Category]:
    """Those that stand in no other. Costs what `current` does."""
    return known().shelves


def shelf(*, pk: int = 0, slug: str = "") -> Category | None:
    """The one with this id or slug; read anew where none is known, since another process may have just made it."""

    def known() -> Category | None:
        return next((shelf for shelf in tree() if pk == shelf.pk or slug == shelf.slug), None)

    found = known()
    if found is None:
        forget()
        found = known()
    return found


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


def as_of(version: object) -> None:
    """What follows shows this version of the catalogue (shop/changes.py): what was read of another is read anew."""
    global _version
    if version != _version:
        _version = version
        forget()


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


def known() -> Known:
    """All of it. At most one query in FRESH seconds and process."""
    global _known
    last = _known
    if last is None or last.until < time.monotonic():
        version = _version
        last = _read()
        if version == _version:  # else a newer one has come meanwhile, and this is not of it
            _known = last
    return last


def _read() -> Known:
    with connection.cursor() as cursor:
        cursor.execute(*_statement())
        rows = sorted(cursor.fetchall())
    found: dict[str, list[dict[str, Any]]] = {"profile": [], "page": [], "shelf": []}
    for what, fields in rows:
        found[what].append(json.loads(fields))
    written = {fields["kind"] for fields in found["page"]}
    shelves = [Category(**fields) for fields in found["shelf"]]
    return Known(
        told=repr(rows),
        profile=ShopProfile(**next(iter(found["profile"]), {})),
        pages=tuple(LegalPage(kind=kind) for kind in LegalPage.Kind if kind in written | WITHOUT_TEXT),
        tree=tuple(sorted(shelves, key=lambda shelf: (shelf.position, shelf.name))),
        until=time.monotonic() + FRESH,
    )


@cache  # Django takes longer to write it than the database to answer it
def _statement() -> tuple[str, Sequence[Any]]:
    """What there is, and the columns of each that pages show: three tables in one query."""
    business = _told("profile", ShopProfile.objects.all(), SHOWN)
    pages = _told("page", LegalPage.objects.exclude(text="").order_by(), ("kind",))
    everything = business.union(pages, _told("shelf", Category.objects.order_by(), OF_SHELF), all=True)
    return everything.query.get_compiler(connection=connection).as_sql()


def _told(what: str, rows: "QuerySet[Any]", columns: Iterable[str]) -> "QuerySet[Any, Any]":
    fields: dict[str, Any] = {name: name for name in columns}
    return rows.values_list(Value(what, TextField()), JSONObject(**fields))
