"""The shop's languages, and a page's address in each: unprefixed in the default one, /ru/... in another."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation


@dataclass(frozen=True)
class Version:
    """A page in one language, whose name is written in that language. `path` has the page's query."""

    code: str
    name: str
    path: str
    is_shown: bool


def locale() -> str:
    """The active language, called as Babel calls it."""
    return (translation.get_language() or "en").replace("-", "_")


def path_in(language: str, path: str) -> str:
    """The same page's address in a language; `path` may be in any of them, and may have a query."""
    shown = translation.get_language_from_path(path)
    bare = path.removeprefix(f"/{shown}") if shown else path
    return bare if language == settings.LANGUAGE_CODE else f"/{language}{bare}"


def alternates(path: str) -> dict[str, str]:
    """Language code -> path, of an indexed page; none in a shop of one language."""
    codes = [code for code, _name in settings.LANGUAGES]
    return {code: path_in(code, path) for code in codes} if len(codes) > 1 else {}


def versions(request: HttpRequest) -> list[Version]:
    """The page that is asked for, in every language; the home page's where this one has no other, such as a 404."""
    if len(settings.LANGUAGES) == 1:
        return []
    path = request.get_full_path() if _is_translated(request) else "/"
    shown = translation.get_language()
    return [Version(code, str(name), path_in(code, path), code == shown) for code, name in settings.LANGUAGES]


def preferred(request: HttpRequest) -> Version | None:
    """The version that an unprefixed page links to, because the browser prefers its language.

    Prefixed pages link to none: what they answer does not vary by browser, and so may be kept by caches.
    """
    if translation.get_language_from_path(request.path_info):
        return None
    wanted = translation.get_language_from_request(request)
    found = (version for version in versions(request) if version.code == wanted and not version.is_shown)
    return next(found, None)


def _is_translated(request: HttpRequest) -> bool:
    """Whether the address is one of those with a language, and can be opened by a link."""
    match = request.resolver_match
    rooms = set(match.namespaces) if match else set()
    return request.method in {"GET", "HEAD"} and bool(rooms) and "admin" not in rooms
