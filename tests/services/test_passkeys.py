"""A member of staff signs in for the first time and again, with a passkey, in Chromium: under the policy as it is."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from . import clerk
from .stack import Stack

pytestmark = [pytest.mark.services, pytest.mark.needs("postgres", "rabbitmq", "chromium")]


@pytest.fixture
def complaints(page: Page) -> Iterator[list[str]]:
    """What the browser's console complains of, such as a script that the policy forbids."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    yield found
    assert found == []


def test_a_passkey_is_set_up_at_the_first_sign_in_and_opens_the_next(
    stack: Stack, page: Page, complaints: list[str]
) -> None:
    clerk.make_anna(stack)
    clerk.plug_in_key(page)
    orders = f"{clerk.site(stack)}/admin/orders/order/"
    page.goto(orders)
    clerk.give_password(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Second factor")
    page.goto(orders)
    expect(page.get_by_role("heading", level=1)).to_have_text("Second factor")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    assert page.locator(".recovery-codes li").count() == 10
    page.get_by_role("link", name="go on").click()
    page.wait_for_url(re.compile("/admin/$"))
    page.get_by_role("button", name="Log out").click()
    clerk.give_password(page)
    page.wait_for_url("**/admin/login/code/")
    page.get_by_role("button", name="Use your passkey").click()
    page.wait_for_url(re.compile("/admin/$"))
    expect(page.get_by_role("button", name="Log out")).to_be_visible()


def test_without_javascript_an_app_is_set_up(stack: Stack, browser: object, complaints: list[str]) -> None:
    """The picture to scan, the key to type and the form are all that is needed."""
    clerk.make_anna(stack)
    page = browser.new_page(java_script_enabled=False, base_url=stack.url)  # type: ignore[attr-defined]
    page.goto("/admin/")
    clerk.give_password(page)
    page.get_by_role("link", name="Set up an app").click()
    expect(page.get_by_role("img", name="QR code for the app")).to_be_visible()
    assert re.fullmatch(r"[A-Z2-7]{32}", page.locator("code.key").inner_text())
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Incorrect code.")).to_be_visible()
    page.close()
