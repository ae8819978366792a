"""A member of staff with a browser and a security key."""

import re

from playwright.sync_api import Page

from .stack import Stack

MAKE = """
from django.contrib.auth.models import User
User.objects.filter(username="anna").delete()
User.objects.create_superuser("anna", password="a long secret")
"""


def make_anna(stack: Stack) -> None:
    """An owner of the shop who has never signed in."""
    stack.manage("shell", "-v0", "-c", MAKE)


def plug_in_key(page: Page) -> None:
    """A security key in the machine, whose owner is always there."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "usb", "hasUserVerification": True, "isUserVerified": True}
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options | {"automaticPresenceSimulation": True}})


def site(stack: Stack) -> str:
    """The shop by its name: browsers give no passkeys to bare addresses."""
    return stack.url.replace("127.0.0.1", "localhost")


def give_password(page: Page) -> None:
    page.get_by_label("Username").fill("anna")
    page.get_by_label("Password").fill("a long secret")
    page.get_by_role("button", name="Go on").click()


def sign_in(stack: Stack, page: Page) -> None:
    """Anna's first time: a password, a passkey, the recovery codes, and then the admin's first page."""
    make_anna(stack)
    plug_in_key(page)
    page.goto(f"{site(stack)}/admin/")
    give_password(page)
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_role("button", name="Make the passkey").click()
    page.get_by_role("link", name="go on").click()
    page.wait_for_url(re.compile("/admin/$"))
