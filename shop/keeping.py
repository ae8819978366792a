"""Keeps whole pages in the process that drew them, as long as the catalogue's version stays what it was.

A kept page is the same for everybody but for its slots: what `{% personal %}` names is drawn for each visitor. Every
request reads the version from the database, so no process shows a price or stock that has been changed by a commit.
What changes without a new version, such as the order by popularity, is shown after FRESH seconds.
"""

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial, wraps
from threading import Event, Lock
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template import Context, engines
from django.template.loader import get_template
from django.utils.cache import patch_vary_headers
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from . import changes, profile
from .compressing import compressed, gzipped

View = Callable[..., HttpResponse]
Key = tuple[str, ...]  # language and address

FRESH = 60  # seconds
PATIENCE = 2  # seconds that a visitor waits for a page that is being drawn for another, before drawing it as well
GRACE = 10  # more seconds for the others, while one visitor's request draws a page anew that only time made old
MOST = 5_000_000  # bytes, of all pages of a process; compressed ones come to it
LONGEST = 400  # characters of an address: a longer one is hardly asked for twice
SLOT = re.compile("\0(.+?)\0")  # no page has a NUL of its own: neither the database nor an address takes one

TAKES_GZIP = re.compile(r"\bgzip\b")  # as Django's GZipMiddleware, which compresses all other pages


@dataclass(eq=False)
class Page:
    """Text and names of slots in turns, text first; good until the version is another, or that moment has come."""

    parts: list[bytes]
    content_type: str
    version: changes.Version
    until: float

    @classmethod
    def of(cls, response: HttpResponse, version: changes.Version) -> "Page":
        parts = [part.encode() for part in SLOT.split(response.content.decode())]
        return cls(parts, response.headers["Content-Type"], version, time.monotonic() + FRESH)

    @cached_property
    def blocks(self) -> list[bytes]:
        """The texts compressed, once somebody wants them so."""
        return [compressed(text) for text in self.parts[::2]]

    @property
    def size(self) -> int:
        """As uncompressed; `blocks` are a fifth of it."""
        return sum(map(len, self.parts))


class Shelf:
    """Pages by address; beyond MOST those go that nobody has asked for longest."""

    def __init__(self) -> None:
        self._pages: OrderedDict[Key, Page] = OrderedDict()
        self._size = 0
        self._drawn_now: dict[tuple[Key, changes.Version], Event] = {}
        self._lock = Lock()

    def get(self, key: Key, version: changes.Version) -> Page | None:
        """The page, as long as it is good. When its time is over, whoever asks first gets none, and draws it anew."""
        now = time.monotonic()
        with self._lock:
            page = self._pages.get(key)
            if page is None or page.version != version:
                return None
            self._pages.move_to_end(key)
            if page.until >= now:
                return page
            page.until = now + GRACE
            return None

    def put(self, key: Key, page: Page) -> None:
        with self._lock:
            before = self._pages.pop(key, None)
            self._pages[key] = page
            self._size += page.size - (before.size if before else 0)
            while self._size > MOST:
                _key, oldest = self._pages.popitem(last=False)
                self._size -= oldest.size

    @contextmanager
    def turn(self, key: Key, version: changes.Version) -> Iterator[Page | None]:
        """The page, or None for whoever has to draw it; others who want the same wait until that is done."""
        page = self.get(key, version)
        if page is not None:
            yield page
            return
        mine = Event()
        with self._lock:
            done = self._drawn_now.setdefault((key, version), mine)
        if done is not mine:
            done.wait(PATIENCE)
            yield self.get(key, version)
            return
        try:
            yield None
        finally:
            del self._drawn_now[key, version]
            done.set()

    def clear(self) -> None:
        with self._lock:
            self._pages.clear()
            self._size = 0


shelf = Shelf()


def kept(*, stock_of: str = "") -> Callable[[View], View]:
    """Have a view answer from the shelf where that is good.

    `stock_of` names the argument that is the slug of a product whose stock the page shows by the unit. Only pages with
    status 200 are kept, and those not that went through `not_kept`.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(request: HttpRequest, *args: object, **kwargs: str) -> HttpResponse:
            address = request.get_full_path()
            if settings.DEBUG or len(address) > LONGEST:  # templates are being written, or hardly anybody asks again
                return view(request, *args, **kwargs)
            key = (get_language() or "", address)
            version = changes.version(kwargs.get(stock_of, ""))
            with shelf.turn(key, version) as page:
                if page is None:
                    response, page = _drawn(request, key, version, partial(view, request, *args, **kwargs))
                else:
                    response = HttpResponse(content_type=page.content_type)
            _fill(response, page, request)
            return response

        return wrapper

    return decorate


def _drawn(
    request: HttpRequest, key: Key, version: changes.Version, draw: Callable[[], HttpResponse]
) -> tuple[HttpResponse, Page]:
    """What the view answers, and the page that it is, which is kept where it may be."""
    profile.as_of(version[0])
    with _slots(request, version):
        response = draw()
    page = Page.of(response, version)
    if response.status_code == 200 and getattr(response, "may_be_kept", True):
        shelf.put(key, page)
    return response, page


def not_kept(response: HttpResponse) -> HttpResponse:
    """The same answer, which has to be worked out anew for the next visitor."""
    response.may_be_kept = False  # type: ignore[attr-defined]
    return response


def has_slots(request: HttpRequest | None) -> bool:
    """Whether a page is being drawn for everybody."""
    return version_of(request) is not None


def version_of(request: HttpRequest | None) -> changes.Version | None:
    """The version of which a page is being drawn for everybody."""
    return getattr(request, "drawn_for", None)


def slot(name: str) -> SafeString:
    """Where the template `name` will stand in a page for everybody."""
    return SafeString(f"\0{name}\0")


@contextmanager
def _slots(request: HttpRequest, version: changes.Version) -> Iterator[None]:
    request.drawn_for = version  # type: ignore[attr-defined]
    try:
        yield
    finally:
        request.drawn_for = None  # type: ignore[attr-defined]


def _fill(response: HttpResponse, page: Page, request: HttpRequest) -> None:
    """Put the page into the answer as this visitor sees it, compressed where the browser takes that."""
    context = _context(request)
    parts = page.parts.copy()
    parts[1::2] = [drawn(name.decode(), context).encode() for name in parts[1::2]]
    patch_vary_headers(response, ["Accept-Encoding"])
    if TAKES_GZIP.search(request.headers.get("Accept-Encoding", "")):
        blocks = [compressed(part) if number % 2 else page.blocks[number // 2] for number, part in enumerate(parts)]
        response.headers["Content-Encoding"] = "gzip"
        response.content = gzipped(zip(parts, blocks, strict=True))
    else:
        response.content = b"".join(parts)


def filled(text: str, context: Context) -> SafeString:
    """A text with slots as one visitor sees it."""
    parts = SLOT.split(text)
    parts[1::2] = [drawn(name, context) for name in parts[1::2]]
    return SafeString("".join(parts))


def drawn(name: str, context: Context) -> SafeString:
    """What stands in the slot of the template `name`."""
    return get_template(name).template.render(context)  # type: ignore[attr-defined]


def _context(request: HttpRequest) -> Context:
    """What every template knows of a request."""
    values: dict[str, Any] = {"request": request}
    for processor in engines["django"].engine.template_context_processors:  # type: ignore[attr-defined]
        values |= processor(request)
    return Context(values)
