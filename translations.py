"""Texts in other languages: gathers what the code marks into locale/, and compiles it. Needs Babel only, no gettext.

`make messages` runs it. What is new comes without a translation, what is gone goes; nothing is guessed.
"""

import io
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from backoffice import names

HERE = Path(__file__).resolve().parent
LOCALES = HERE / "locale"
TRANSLATED = ("ru", "es")  # the shop is written in English
KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop", "sentence", "pgettext", "npgettext"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
LEFT_OUT = set("tests stripe_sandbox benchmarks data media staticfiles node_modules locale migrations".split())


def gather() -> Catalog:
    """Every text that Python files and templates mark, and every name in the admin, with where it stands."""
    catalog = Catalog(charset="utf-8")
    found = extract_from_dir(
        HERE,
        method_map=[("**.py", "python"), ("templates/**.*", template_texts)],  # type: ignore[list-item]
        keywords=KEYWORDS,
        comment_tags=("Translators:",),
        strip_comment_tags=True,
        directory_filter=lambda folder: not (Path(folder).name in LEFT_OUT or Path(folder).name.startswith(".")),
    )
    for file, _line, message, comments, context in sorted(found, key=lambda text: (text[0], text[1])):
        catalog.add(message, locations=[(file, 0)], auto_comments=comments, context=context)
    for context, name, file in names.texts():
        catalog.add(name, locations=[(file, 0)], context=context)
    return catalog


def template_texts(file: Any, keywords: Any, comment_tags: list[str], options: Any) -> Iterator[Any]:
    """The marked texts of a Django template: Django itself writes them as calls, one behind the other."""
    calls = templatize(file.read().decode()).splitlines()
    source = "\n".join(line.lstrip() for line in calls)
    return extract_python(io.BytesIO(source.encode()), keywords, comment_tags, options)


def path_of(language: str) -> Path:
    """Where a language's texts stand."""
    return LOCALES / language / "LC_MESSAGES" / "django.po"


def stored(language: str) -> Catalog:
    """The texts of a language as they stand; none where it is new."""
    path = path_of(language)
    if not path.exists():
        return Catalog(locale=language, charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def brought_up(language: str, texts: Catalog) -> Catalog:
    """A language's catalogue with exactly the texts that there are, and the translations it had."""
    had = stored(language)
    catalog = Catalog(locale=language, charset="utf-8", header_comment=f"# The shop's texts: {language}.")
    for text in texts:
        if text.id:
            before = had.get(text.id[0] if isinstance(text.id, tuple) else text.id, text.context)
            known = before.string if before is not None and before.id == text.id else None
            catalog.add(
                text.id, known, locations=text.locations, auto_comments=text.auto_comments, context=text.context
            )
    return catalog


def written(catalog: Catalog) -> bytes:
    """The catalogue as a .po file."""
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=120, omit_header=False, sort_by_file=True, include_lineno=False)
    kept = [line for line in buffer.getvalue().splitlines(keepends=True) if not line.startswith(CHANGING)]
    return b"".join(kept)


# Lines of the head that differ each time, or say nothing.
CHANGING = tuple(
    f'"{name}'.encode()
    for name in ("POT-Creation-Date", "PO-Revision-Date", "Last-Translator", "Language-Team", "Generated-By",
                 "Report-Msgid-Bugs-To", "Project-Id-Version")
)  # fmt: skip


def compiled(catalog: Catalog) -> bytes:
    """The catalogue as the .mo file that Django reads: the same texts are the same bytes, whenever it is made."""
    catalog.creation_date = catalog.revision_date = datetime(2000, 1, 1, tzinfo=UTC)
    buffer = io.BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop_project.settings")
    os.environ.setdefault("DEBUG", "1")
    os.environ.setdefault("CELERY_BROKER_URL", "memory://")
    django.setup()
    texts = gather()
    for language in TRANSLATED:
        catalog = brought_up(language, texts)
        path = path_of(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(written(catalog))
        path.with_suffix(".mo").write_bytes(compiled(stored(language)))
        missing = sum(1 for text in catalog if text.id and not all(_strings(text.string)))
        sys.stdout.write(f"{language}: {len(catalog)} texts, {missing} without a translation\n")


def _strings(string: Any) -> tuple[str, ...]:
    return tuple(string) if isinstance(string, tuple | list) else (string,)


if __name__ == "__main__":
    main()
