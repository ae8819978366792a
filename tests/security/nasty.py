"""What people type who mean harm, or whose program is broken; and every address of the shop to type it at."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from urllib.parse import quote, quote_from_bytes

from django.urls import URLPattern, URLResolver, get_resolver

METHODS = ["GET", "GET", "GET", "POST", "POST", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "BREW"]
LANGUAGES = [
    "",
    "ru",
    "*",
    "xx-YY",
    "en;q=NaN",
    "ru;q=-1",
    "\x00",
    "ä",
    "a" * 5000,
    ",".join(["ru"] * 500),
    "../../etc",
]
COOKIES = ["session", "cart", "csrf", "csrftoken", "language", "messages"]

TEXTS = [
    *[
        "",
        " ",
        "\t",
        "0",
        "-1",
        "1.5",
        "1e9",
        "1e400",
        "NaN",
        "Infinity",
        "9" * 19,
        "9" * 30,
        "9" * 5000,
        "٣",
        "½",
        "0x10",
    ],
    *[
        "\x00",
        "a\x00b",
        "%00",
        "a\r\nSet-Cookie: x=1",
        "a@example.com\r\nBcc: b@example.com",
        "\x1b[31m",
        "\x7f",
        "\ufeff",
    ],
    *[
        "🍷" * 50,
        "مرحبا \u202etxt.exe",
        "e" + "\u0301" * 10_000,
        "\u2028",
        "\uffff",
        "İ",
        "ß" * 300,
        "名前",
        "a" * 100_000,
    ],
    *[
        "../../etc/passwd",
        "..\\..",
        "/",
        "//evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "?",
        "#",
        "&",
        "=",
    ],
    *[
        "<script>alert(1)</script>",
        "' OR 1=1 --",
        '"; DROP TABLE x',
        "{{7*7}}",
        "{% load x %}",
        "$(id)",
        "`id`",
        "%s%n",
        "\\",
    ],
    *[
        "[]",
        "{}",
        "[1,2]",
        '{"a":1}',
        "true",
        "null",
        "None",
        "undefined",
        "on",
        "1,2,3",
        "a:b:c",
        "2024-13-45",
        "DE",
        "zz",
    ],
    *["kim@example.com", "=1+1", "@SUM(1)", "1" * 64, "-", "_", ".", "a" * 255, "a" * 256, "postgres://x", "__proto__"],
]
BYTES = [b"\xff", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf0\x9f", b"\x80" * 40]  # none of them UTF-8
BODIES = [
    b"",
    b"{",
    b"[" * 50_000,
    b"\xff\xfe",
    b"a=1&a=2&a[]=3",
    b"--x\r\n",
    b"%",
    b"=&=&=",
    b"&" * 1500,
    b"\x00" * 100,
]
TYPES = [
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=utf-7",
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    "application/json",
    "text/plain; charset=none-such",
    "\x00",
    "",
]
NAMED = re.compile(r'\bname="([^"]+)"')


@dataclass(frozen=True)
class Address:
    """A pattern of the URLconf: its parts in front of and behind what it takes, and the name of its view."""

    parts: tuple[str, ...]
    name: str

    def path(self, fillings: list[str]) -> str:
        return "".join(part + filling for part, filling in zip(self.parts, [*fillings, ""], strict=True))

    @property
    def holes(self) -> int:
        return len(self.parts) - 1


def addresses() -> list[Address]:
    """Every address that the URLconf knows, in each language."""
    return sorted(set(_walk(get_resolver().url_patterns, "/", "")), key=lambda address: (address.name, address.parts))


def _walk(patterns: list[URLPattern | URLResolver], before: str, names: str) -> Iterator[Address]:
    for pattern in patterns:
        route = before + _route(str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route, f"{names}{pattern.namespace or ''}:")
        else:
            yield Address(tuple(route.split("\0")), f"{names}{pattern.name or ''}")


def _route(written: str) -> str:
    """With a NUL where something is taken: of a path as of a regular expression."""
    plain = re.sub(r"\(\?P<\w+>.*?\)(?=[/$]|$)|<[^>]*>", "\0", written)
    return re.sub(r"[\^$\\]|\(\?:\||\)\?$", "", plain)


def in_path(dice: Random, known: list[str]) -> str:
    """A part of a path: nasty, or one that exists."""
    if dice.random() < 0.5:
        return quote(dice.choice(known), safe="")
    raw = quote_from_bytes(dice.choice(BYTES))
    return dice.choice([quote(dice.choice(TEXTS)[:2000], safe=""), quote(dice.choice(TEXTS)[:2000], safe="/"), raw])


def pairs(dice: Random, names: list[str], most: int = 6) -> str:
    """A query, or a form: names that the shop knows, some of them twice or with brackets, and nasty values."""
    chosen = []
    for _number in range(dice.randint(0, most)):
        name = dice.choice(names) + dice.choice(["", "", "", "", "[]", "[0]", "__gt", "\x00"])
        value = quote_from_bytes(dice.choice(BYTES)) if dice.random() < 0.1 else quote(dice.choice(TEXTS), safe="")
        chosen.append(f"{quote(name)}={value}")
    return "&".join(chosen)


def as_header(dice: Random, texts: list[str], most: int) -> str:
    """As a server hands a header on (PEP 3333): bytes, each of them a letter. A NUL never comes that far."""
    return dice.choice(texts)[:most].replace("\x00", "").encode().decode("latin-1")


def names_in(page: str) -> set[str]:
    """The fields of the forms on a page."""
    return set(NAMED.findall(page))
