"""A member of staff signs in for the first time and again, with a passkey, in Chromium: under the policy as it is."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from .stack import Stack

pytestmark = [pytest.mark.services, pytest.mark.needs("postgres", "rabbitmq", "chromium")]

MAKE = """
from django.contrib.auth.models import User
User.objects.filter(username="anna").delete()
User.objects.create_superuser("anna", password="a long secret")
"""


@pytest.fixture
def complaints(page: Page) -> Iterator[list[str]]:
    """What the browser's console complains of, such as a script that the policy forbids."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    yield found
    assert found == []


@pytest.fixture
def key(page: Page) -> None:
    """A security key in the machine, whose owner is always there."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "usb", "hasUserVerification": True, "isUserVerified": True}
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options | {"automaticPresenceSimulation": True}})


def give_password(page: Page) -> None:
    page.get_by_label("Username").fill("anna")
    page.get_by_label("Password").fill("a long secret")
    page.get_by_role("button", name="Go on").click()


def test_a_passkey_is_set_up_at_the_first_sign_in_and_opens_the_next(
    stack: Stack, page: Page, key: None, complaints: list[str]
) -> None:
    stack.manage("shell", "-v0", "-c", MAKE)
    site = stack.url.replace("127.0.0.1", "localhost")  # browsers give no passkeys to bare addresses
    page.goto(f"{site}/admin/orders/order/")
    give_password(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Second factor")
    page.goto(f"{site}/admin/orders/order/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Second factor")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    assert page.locator(".recovery-codes li").count() == 10
    page.get_by_role("link", name="go on").click()
    page.wait_for_url(re.compile("/admin/$"))
    page.get_by_role("button", name="Log out").click()
    give_password(page)
    page.wait_for_url("**/admin/login/code/")
    page.get_by_role("button", name="Use your passkey").click()
    page.wait_for_url(re.compile("/admin/$"))
    expect(page.get_by_role("button", name="Log out")).to_be_visible()


def test_without_javascript_an_app_is_set_up(stack: Stack, browser: object, complaints: list[str]) -> None:
    """The picture to scan, the key to type and the form are all that is needed."""
    stack.manage("shell", "-v0", "-c", MAKE)
    page = browser.new_page(java_script_enabled=False, base_url=stack.url)  # type: ignore[attr-defined]
    page.goto("/admin/")
    give_password(page)
    page.get_by_role("link", name="Set up an app").click()
    expect(page.get_by_role("img", name="QR code for the app")).to_be_visible()
    assert re.fullmatch(r"[A-Z2-7]{32}", page.locator("code.key").inner_text())
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Incorrect code.")).to_be_visible()
    page.close()
