"""Writes docs/settings.md: every setting that the environment can make, read from shop_project/settings.py itself.

`make reference` runs it. A setting's words are the comment behind its line, else the one above it.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

HERE = Path(__file__).resolve().parent
SETTINGS = HERE / "shop_project" / "settings.py"
PAGE = HERE / "docs" / "settings.md"
KINDS = {
    "str": "text",
    "bool": "`0` or `1`",
    "int": "whole number",
    "float": "number",
    "list": "several, with commas",
    "dict": "pairs, with semicolons",
    "db": "address",
    "email_url": "address",
    "secret": "secret",
}
HEAD = """# Settings

Every setting that comes from the environment, written by `make reference` from
[shop_project/settings.py](../shop_project/settings.py), which alone reads it. A name with `_FILE` behind it gives the
path of a file that holds the value, as for secrets: `SECRET_KEY_FILE=/run/secrets/secret_key`; it goes before the name
itself. What stands in code below is worked out at the start; `DEBUG` is `0` on a server. What docker compose sets for
a developer is in [.env.dev](../.env.dev).
"""


@dataclass(frozen=True)
class Setting:
    section: str
    name: str
    kind: str
    default: str
    words: str  # empty where nobody wrote any, which a test does not allow


def settings() -> list[Setting]:
    """Every setting, in the order of the file; one that is read twice stands where it is first."""
    source = SETTINGS.read_text()
    lines = source.splitlines()
    found: dict[str, Setting] = {}
    for statement in ast.parse(source).body:
        for call in _calls(statement):
            name = ast.literal_eval(call.args[0])
            method = _method(call)
            words = _comment_behind(lines[(call.end_lineno or call.lineno) - 1]) or _comment_above(lines, call.lineno)
            if method == "secret":
                words = ast.literal_eval(call.args[1])
            found.setdefault(name, Setting(_section(lines, call.lineno), name, method, _default(call), words))
    return list(found.values())


def _calls(statement: ast.stmt) -> Iterator[ast.Call]:
    """The calls within a statement that read a variable of the environment."""
    if isinstance(statement, ast.FunctionDef):  # `secret` itself, whose name is an argument
        return
    for node in ast.walk(statement):
        if isinstance(node, ast.Call) and _method(node) in KINDS and isinstance(node.args[0], ast.Constant):
            yield node


def _method(call: ast.Call) -> str:
    """`int` of `env.int(...)`, `secret` of `secret(...)`, and nothing of other calls."""
    if isinstance(call.func, ast.Name):
        return call.func.id if call.func.id == "secret" else ""
    is_env = isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) == "env"
    return call.func.attr if is_env and isinstance(call.func, ast.Attribute) else ""


def _default(call: ast.Call) -> str:
    given = next((keyword.value for keyword in call.keywords if keyword.arg == "default"), None)
    if given is None:
        return "none: has to be set"
    if isinstance(given, ast.Constant):
        value = int(given.value) if isinstance(given.value, bool) else given.value
        return f"`{value!s}`" if value != "" else "empty"
    return "empty" if ast.unparse(given) == "[]" else f"`{ast.unparse(given)}`"


def _comment_behind(line: str) -> str:
    found = re.search(r"\s{2}#\s(?!noqa)(.+)$", line)
    return found[1] if found else ""


def _comment_above(lines: list[str], number: int) -> str:
    """The comment that ends directly above this line, counted from 1."""
    above: list[str] = []
    for line in reversed(lines[: number - 1]):
        found = re.fullmatch(r" *# (.+)", line)
        if not found or line.endswith("---"):
            break
        above.insert(0, found[1])
    return " ".join(above)


def _section(lines: list[str], number: int) -> str:
    headings = (re.match(r"# (.+?) -{10,}", line) for line in reversed(lines[:number]))
    return next((heading[1] for heading in headings if heading), "Start")


def page() -> str:
    """The whole page, as Markdown."""
    parts = [HEAD]
    for section, members in groupby(settings(), key=lambda setting: setting.section):
        parts += [f"\n## {section}\n\n| Name | Kind | Without it | What it is |\n|---|---|---|---|\n"]
        parts += [
            f"| `{setting.name}` | {KINDS[setting.kind]} | {setting.default} | {_cell(setting.words)} |\n"
            for setting in members
        ]
    return "".join(parts)


def _cell(words: str) -> str:
    """As a sentence in a cell of a table."""
    escaped = words.replace("|", "\\|")
    begins_with_a_word = re.match(r"[a-z]+[ ,:;]", escaped)
    start = escaped[:1].upper() if begins_with_a_word else escaped[:1]
    return start + escaped[1:] + ("" if escaped.endswith((".", "?")) else ".")


if __name__ == "__main__":
    PAGE.write_text(page())
