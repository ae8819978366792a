"""The documents name only what exists: files, functions, links, make targets, commands."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parent.parent
NOT_OURS = {"data", "media", "node_modules", "staticfiles", "test-results"}
LARGEST_PICTURE = 200 * 1024  # bytes: readers on a phone load them all
MADE_BY_RUNNING = set(re.findall(r"^/(\w+/)$", (ROOT / ".gitignore").read_text(), re.MULTILINE))


FOLDERS = [path for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "." and path.name not in NOT_OURS]


def ours(pattern: str) -> list[Path]:
    return sorted([*ROOT.glob(pattern), *(path for folder in FOLDERS for path in folder.rglob(pattern))])


TEXTS = {str(path.relative_to(ROOT)): path.read_text() for path in ours("*.md")}
SOURCES = "".join(path.read_text() for name in ("*.py", "*.yml", "Makefile", ".env.dev") for path in ours(name))
SOURCES += "".join(path.read_text() for path in (ROOT / ".github" / "workflows").glob("*.yml"))
every_document = pytest.mark.parametrize("document", TEXTS)


def without_fences(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)


def spans(text: str) -> list[str]:
    """What stands in backticks within the prose."""
    return re.findall(r"(?<!`)`([^`\n]+)`(?!`)", without_fences(text))


def code(text: str) -> str:
    """Everything that a reader may type or copy, without comments."""
    blocks = re.findall(r"^ {4}\S.*$", text, re.MULTILINE) + re.findall(r"^```.*?^```$", text, re.DOTALL | re.MULTILINE)
    return re.sub(r"\s# .*$", "", "\n".join([*spans(text), *blocks]), flags=re.MULTILINE)


def defined(tree: ast.AST) -> Iterator[str]:
    """Names of functions, classes and module variables of a file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def heading_links(text: str) -> set[str]:
    """The anchors that GitHub makes of headings."""
    headings = re.findall(r"^#+ (.+)$", without_fences(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@every_document
def test_links_lead_somewhere(document: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", TEXTS[document]):
        if re.match(r"https?:|mailto:", target):
            continue
        path, _, anchor = target.partition("#")
        found = (ROOT / document).parent / path if path else ROOT / document
        assert found.exists(), f"{document} links to {target}"
        assert not anchor or anchor in heading_links(found.read_text()), f"{document} links to {target}"


@every_document
def test_files_in_backticks_exist(document: str) -> None:
    for span in spans(TEXTS[document]):
        path = span.partition("::")[0]
        is_path = re.fullmatch(r"[\w.][\w.-]*(/[\w.-]+)*/?", path) and (
            "/" in path or re.search(r"\.(py|md|yml)$", path)
        )
        if is_path and not path.startswith(tuple(MADE_BY_RUNNING)):
            places = (ROOT, (ROOT / document).parent)
            assert any((place / path).exists() for place in places), f"{document} names {path}"


@every_document
def test_names_behind_colons_are_defined_in_their_file(document: str) -> None:
    for path, name in re.findall(r"`([\w./]+\.py)::(\w+)`", TEXTS[document]):
        assert name in set(defined(ast.parse((ROOT / path).read_text()))), f"{document}: no {name} in {path}"


@every_document
def test_targets_of_make_exist(document: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z][a-z-]*)", code(TEXTS[document]))) <= targets


@every_document
def test_management_commands_exist(document: str) -> None:
    assert set(re.findall(r"manage\.py (\w+)", code(TEXTS[document]))) <= set(get_commands())


@every_document
def test_names_in_backticks_occur_in_the_sources(document: str) -> None:
    words = {
        span.rpartition(".")[2] for span in spans(TEXTS[document]) if re.fullmatch(r"[A-Za-z][\w.]*[A-Za-z]", span)
    }
    names = {word for word in words if "_" in word or re.search(r"[a-z][A-Z]", word)}
    assert not [name for name in names if not re.search(rf"\b{name}\b", SOURCES)]


def test_pictures_are_small() -> None:
    pictures = [path for path in (ROOT / "docs").rglob("*") if path.suffix in {".png", ".webp", ".svg"}]
    assert pictures
    assert not [path.name for path in pictures if path.stat().st_size > LARGEST_PICTURE]
