"""The real stack and a real browser for the tests of this folder."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.environment import CHROMIUM

from .stack import Stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One shop for the tests that leave it as they found it."""
    with Stack(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The machine's own Chromium, which in a container has no sandbox and no network but ours."""
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    return browser_type_launch_args | {"executable_path": CHROMIUM, "args": quiet}


@pytest.fixture(scope="session")
def base_url(stack: Stack) -> str:
    """Lets `page.goto("/cart/")` find the shop."""
    return stack.url
