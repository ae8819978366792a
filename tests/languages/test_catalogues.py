"""Every text is translated into every language, and says the same things."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from django.conf import settings

import translations

MARKS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "sentence"}
TEMPLATES = settings.BASE_DIR / "templates"
# What a translation has to keep: %(name)s, %d, {field}, and the tags around words.
KEPT = re.compile(r"%(?:\(\w+\))?[-+]?[sd]|\{\w+\}|<[^>]+>")
FOR_DEVELOPERS = ("backoffice/dev_mail",)  # templates whose readers need no other language

pytestmark = pytest.mark.parametrize("language", translations.TRANSLATED)


def messages(language: str) -> Iterator[Message]:
    return (message for message in translations.stored(language) if message.id)


def forms(words: object) -> list[str]:
    return [str(form) for form in words] if isinstance(words, tuple | list) else [str(words or "")]


def key(message: Message) -> tuple[object, str | None]:
    context = message.context
    return tuple(forms(message.id)), context.decode() if isinstance(context, bytes) else context  # as read_mo has it


@pytest.fixture(scope="module")
def gathered() -> Catalog:
    return translations.gather()


def test_the_catalogue_has_the_texts_of_the_code_and_no_others(language: str, gathered: Catalog) -> None:
    """`make messages` mends it."""
    wanted = {key(message) for message in gathered if message.id}
    assert len(wanted) > 900
    had = {key(message) for message in messages(language)}
    assert not wanted - had, "not in the catalogue yet"
    assert not had - wanted, "no longer in the code"
    assert not translations.stored(language).obsolete


def test_every_text_is_translated(language: str, gathered: Catalog) -> None:
    assert [m.id for m in messages(language) if not all(form.strip() for form in forms(m.string))] == []
    assert [m.id for m in messages(language) if m.fuzzy] == []


def test_a_translation_keeps_what_is_put_into_it(language: str, gathered: Catalog) -> None:
    for message in messages(language):
        allowed = [sorted(KEPT.findall(form)) for form in forms(message.id)]
        for form in forms(message.string):
            assert sorted(KEPT.findall(form)) in allowed, message.id
        # Russian's first form is also that of 21: a number that only "1" may leave out would be missing there.
        if language == "ru" and isinstance(message.id, tuple):
            assert all(sorted(KEPT.findall(form)) == allowed[-1] for form in forms(message.string)), message.id


def test_a_translation_begins_and_ends_like_its_text(language: str, gathered: Catalog) -> None:
    for message in messages(language):
        source, *_plural = forms(message.id)
        for form in forms(message.string):
            assert source[:1].isspace() == form[:1].isspace(), message.id
            assert source[-1:] not in ".?!:…" or form[-1:] in ".?!:…", message.id


def test_a_sentence_does_not_end_with_a_russian_day(language: str, gathered: Catalog) -> None:
    """Which ends with the point of "г." itself. A translation puts it elsewhere."""
    ends = [message.id for message in messages("ru") if re.search(r"%\((at|day|date|until)\)s\.", str(message.string))]
    assert ends == []


def test_the_compiled_file_is_that_of_the_catalogue(language: str, gathered: Catalog) -> None:
    """`make messages` compiles it."""
    with translations.path_of(language).with_suffix(".mo").open("rb") as file:
        compiled = {key(message): forms(message.string) for message in read_mo(file) if message.id}
    assert compiled == {key(message): forms(message.string) for message in messages(language)}


class Words(HTMLParser):
    """The words of a template that stand outside its tags, and in attributes that people read."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(source)

    def handle_data(self, data: str) -> None:
        self.found.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in {"alt", "title", "placeholder", "aria-label"}]


def unmarked(source: str) -> list[str]:
    """Runs of letters that no tag of Django's marks or makes."""
    source = re.sub(r"{% comment %}.*?{% endcomment %}|{#.*?#}", "", source, flags=re.DOTALL)
    source = re.sub(r"{% blocktrans.*?{% endblocktrans %}", "", source, flags=re.DOTALL)
    source = re.sub(r"{%.*?%}|{{.*?}}", "", source, flags=re.DOTALL)
    source = re.sub(r"<(script|style)\b.*?</\1>", "", source, flags=re.DOTALL)
    return [words for text in Words(source).found if (words := text.strip()) and re.search(r"[A-Za-z]{2}", words)]


# Names, and what only machines or staff's programs read.
NAMES = {"Stripe", "HTML", "PDF", "CSV", "SKU", "UTC", "UTF-8", "csrf", "cart", "session", "messages"}
ENGLISH_ONLY = {"400.html", "500.html", "503.html"}  # they depend on nothing, not even on a language
ENGLISH_ONLY |= {"api_docs.html", "_api_fields.html"}  # for programmers: the document it reads out is English


def test_templates_mark_what_people_read(language: str, gathered: Catalog) -> None:
    left = {
        str(path.relative_to(TEMPLATES)): found
        for path in sorted(TEMPLATES.rglob("*.html"))
        if path.name not in ENGLISH_ONLY
        if (found := [words for words in unmarked(path.read_text()) if words not in NAMES])
    }
    assert left == {}


def test_the_search_for_unmarked_words_finds_them(language: str, gathered: Catalog) -> None:
    assert unmarked('<p>{% trans "Yes" %}: {{ name }}</p><img alt="Bottle"> <b>No way</b>') == ["Bottle", "No way"]
    assert unmarked("{% blocktrans %}<b>Hello</b>{% endblocktrans %} · {# words #}<script>let it</script>") == []


def test_texts_in_python_stand_where_they_can_be_gathered(language: str, gathered: Catalog) -> None:
    """Not within an f-string, which hides them, nor in a variable."""
    known = {form for message in gathered for form in forms(message.id)}
    hidden = [
        f"{path.relative_to(settings.BASE_DIR)}: {ast.unparse(call)}"
        for room in ("background", "shop", "cart", "orders", "payment", "messager", "backoffice")
        for path in sorted((settings.BASE_DIR / room).rglob("*.py"))
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in MARKS
        if not (isinstance(call.args[0], ast.Constant) and call.args[0].value in known)
    ]
    assert hidden == []


def test_the_image_gets_the_compiled_texts(language: str, gathered: Catalog) -> None:
    assert "!locale/" in Path(settings.BASE_DIR / ".dockerignore").read_text().splitlines()
