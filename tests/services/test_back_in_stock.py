"""What is sold out tells when it is back: asked on its page, restocked in the admin, told by mail; in Chromium."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from . import clerk
from .stack import Stack, wait_for

pytestmark = [pytest.mark.services, pytest.mark.needs("postgres", "rabbitmq", "chromium")]

SUBJECT = "Taurasi, 75 cl is back at"


@pytest.fixture
def office(browser: Browser) -> Iterator[Page]:
    """A browser of staff."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


def adjust_stock(office: Page, units: int) -> None:
    """On the product's page in the admin: so many bottles more, or fewer."""
    office.get_by_label("Adjust stock by").first.fill(str(units))
    office.get_by_label("Because").first.fill("delivery" if units > 0 else "counted")
    office.get_by_role("button", name="Save and continue editing").click()
    expect(office.get_by_text("was changed successfully")).to_be_visible()


def test_who_asked_is_told_by_mail_once_staff_have_restocked(stack: Stack, page: Page, office: Page) -> None:
    page.goto("/search/?q=taurasi")
    page.get_by_role("article").filter(has_text="Taurasi").get_by_role("link").click()
    address = page.url
    expect(page.get_by_role("button", name="Sold out")).to_be_disabled()
    page.get_by_label("Size").select_option("75 cl")
    page.get_by_label("Email", exact=True).fill("kim@example.com")
    page.get_by_role("button", name="Tell me when it is back").click()
    expect(page.get_by_role("main")).to_contain_text("We will write to kim@example.com once")
    assert not stack.mails(SUBJECT)

    clerk.sign_in(stack, office)
    office.goto(f"{clerk.site(stack)}/admin/shop/product/?q=Taurasi")
    office.get_by_role("link", name="Taurasi").click()
    adjust_stock(office, 6)
    wait_for(lambda: stack.mails(SUBJECT), seconds=120, what="the mail that it is back")
    link = re.search(rf"{re.escape(stack.url)}/product/[\w-]+/", stack.mails(SUBJECT)[0])
    assert link
    assert link[0] == address
    page.goto(link[0])
    expect(page.get_by_role("button", name="Add to cart")).to_be_enabled()
    page.get_by_role("button", name="Add to cart").click()
    expect(page.get_by_role("dialog", name=re.compile("is in your cart"))).to_be_visible()

    assert len(stack.mails(SUBJECT)) == 1
    adjust_stock(office, -6)  # as the other tests know the shelves
