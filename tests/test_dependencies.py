"""What is installed is what was pinned. That wheels exist for every platform is `make check-wheels`: it asks PyPI."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements", "requirements-dev")


def wanted(name: str) -> set[str]:
    """Package names of an `.in` file, normalised as PyPI does."""
    lines = (line.partition("#")[0].strip() for line in (ROOT / f"{name}.in").read_text().splitlines())
    return {normal(re.split(r"[\[~=<>! ;]", line)[0]) for line in lines if line and not line.startswith("-")}


def pinned(name: str) -> dict[str, str]:
    """Each package of a lock with all that is said of it: version, condition, hashes."""
    entries = re.split(r"\n(?=\S)", (ROOT / f"{name}.txt").read_text().strip())
    return {normal(entry.partition("==")[0].partition("[")[0]): entry for entry in entries}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("name", LOCKS)
def test_every_pinned_package_has_one_version_and_hashes(name: str) -> None:
    for package, entry in pinned(name).items():
        assert re.match(r"[A-Za-z0-9._-]+(\[[\w,-]+\])?==[^\s*]+( ; .+)? \\\n", entry), f"{package} is not pinned"
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), f"{package} has no hash"


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_asked_for_is_pinned(name: str) -> None:
    assert wanted(name) - set(pinned(name)) == set(), "run `make lock`"


def test_tests_run_on_the_versions_that_the_shop_runs_on() -> None:
    runtime, tests = pinned("requirements"), pinned("requirements-dev")
    shared = set(runtime) & set(tests)
    assert shared
    for package in shared:
        assert runtime[package].split()[0].partition("[")[0] == tests[package].split()[0].partition("[")[0]


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_index_and_no_path(name: str) -> None:
    text = (ROOT / f"{name}.txt").read_text()
    assert not re.search(r"://|--index|--find-links|^-e|^/", text, re.MULTILINE)
