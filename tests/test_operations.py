"""docs/operations.md says of each alarm, each check of the doctor and each call for staff what it means."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from background import health
from backoffice import doctor

ROOT = Path(__file__).resolve().parent.parent
GUIDE = (ROOT / "docs" / "operations.md").read_text()


def section(heading: str) -> str:
    """What stands under a heading of the third level."""
    found = re.search(rf"^### {re.escape(heading)}\n(.+?)(?=^##|\Z)", GUIDE, re.MULTILINE | re.DOTALL)
    return found[1].strip() if found else ""


def registered() -> list[str]:
    return [health.Alarm(f"{check.__module__}.{check.__name__}", "").heading for check in health._checks]


def test_every_alarm_has_a_section_that_tells_it_and_says_more() -> None:
    alarms = registered()
    assert len(alarms) > 15
    for alarm in alarms:
        text = section(alarm)
        assert text.startswith("*"), f"no section for the alarm {alarm}"
        assert len(text.split("\n", 1)[1]) > 80, f"nothing to do about {alarm}"


def test_no_section_is_about_an_alarm_that_is_gone() -> None:
    assert set(re.findall(r"^### (\w+_\w+)$", GUIDE, re.MULTILINE)) == set(registered())


def test_sections_begin_with_words_of_their_alarm() -> None:
    sources = "".join(path.read_text() for path in [*ROOT.glob("*/alarms.py"), ROOT / "background" / "health.py"])
    for alarm in registered():
        told = section(alarm).splitlines()[0].strip("*")
        for words in filter(None, re.split(r"\s*(?:\.\.\.|/|\.)\s*", told)):
            assert words in sources, f"{alarm} does not say: {words}"


def test_every_check_of_the_doctor_is_explained() -> None:
    missing = [check.__name__ for check in doctor.CHECKS if check.__name__ not in GUIDE]
    assert not missing


def calls_for_staff() -> Iterator[str]:
    """`file::function` of whatever sets the attention of an order."""
    for room in ("orders", "payment"):
        for path in (ROOT / room).rglob("*.py"):
            for function in ast.parse(path.read_text()).body:
                if isinstance(function, ast.FunctionDef) and any(_calls(node) for node in ast.walk(function)):
                    yield f"{path.relative_to(ROOT)}::{function.name}"


def _calls(node: ast.AST) -> bool:
    is_given = isinstance(node, ast.keyword) and node.arg == "attention"
    return is_given and isinstance(node, ast.keyword) and not isinstance(node.value, ast.Constant)


def test_every_call_for_staff_is_explained() -> None:
    found = set(calls_for_staff())
    assert len(found) > 5
    assert not [place for place in found if place not in GUIDE]
