"""Promises that every template and static file keeps, whatever page it belongs to."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import get_template

TEMPLATES = settings.BASE_DIR / "templates"
STATIC = settings.BASE_DIR / "static"
NAMES = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.*"))
PAGES = [name for name in NAMES if name.endswith(".html") and "/email/" not in name]
WITHOUT_CONTEXT = ["400.html", "500.html", "503.html"]  # Django renders them when it has nothing to give

# What only a policy with 'unsafe-inline' would let through. A block of JSON is data, not script.
UNSAFE = re.compile(
    r"""<style|\sstyle\s*=|\son[a-z]+\s*=\s*["']|javascript:|<script(?![^>]*\ssrc=)(?![^>]*ld\+json)""", re.IGNORECASE
)


def test_there_are_templates_to_look_at() -> None:
    assert len(PAGES) > 20


@pytest.mark.parametrize("name", NAMES)
def test_a_template_compiles(name: str) -> None:
    get_template(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_template_writes_days_and_times_as_its_language_does(name: str) -> None:
    """With the filters of shop/templatetags/dates.py. Of Django's own, only `date:"c"` is allowed: for machines."""
    written = re.findall(r"\|(?:date|time)\b(?::[^ }|]+)?", (TEMPLATES / name).read_text())
    assert [filter_ for filter_ in written if not re.fullmatch(r"""\|date:["']c["']""", filter_)] == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_needs_no_exception_from_the_content_security_policy(name: str) -> None:
    assert not UNSAFE.findall((TEMPLATES / name).read_text())


@pytest.mark.parametrize(
    "bad",
    [
        '<p style="color:red">',
        "<style>p{}</style>",
        "<a onclick='go()'>",
        "<script>go()</script>",
        '<a href="javascript:go()">',
    ],
)
def test_the_search_for_inline_code_finds_it(bad: str) -> None:
    assert UNSAFE.search(bad)


@pytest.mark.parametrize("name", WITHOUT_CONTEXT)
def test_the_last_error_pages_depend_on_nothing(name: str) -> None:
    assert not re.findall(r"{{|{%", (TEMPLATES / name).read_text())


@pytest.mark.parametrize("name", PAGES)
def test_static_files_that_a_page_names_exist(name: str) -> None:
    text = (TEMPLATES / name).read_text()
    wanted = re.findall(r"""{% static ['"]([^'"]+)""", text) + re.findall(r'"/static/([^"]+)"', text)
    assert [path for path in wanted if not finders.find(path)] == []


@pytest.mark.parametrize(("suffix", "limit"), [(".css", 12 * 1024), (".js", 16 * 1024)])
def test_styles_and_scripts_stay_small(suffix: str, limit: int) -> None:
    files: list[Path] = list(STATIC.rglob(f"*{suffix}"))
    assert files
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) <= limit


def test_a_colour_of_the_light_look_has_a_dark_one() -> None:
    light, dark = (STATIC / "css" / "site.css").read_text().split("@media (prefers-color-scheme: dark)")[:2]
    colours = re.findall(r"(--[\w-]+): #", light)
    assert colours
    assert re.findall(r"(--[\w-]+): #", dark) == colours
