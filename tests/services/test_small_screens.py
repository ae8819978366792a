"""Every page of a purchase fits a screen of 320 pixels, in Chromium (WCAG 1.4.10)."""

import re

import pytest
from playwright.sync_api import Page, expect

from .shopper import Shopper
from .stack import Stack

pytestmark = [pytest.mark.services, pytest.mark.needs("postgres", "rabbitmq", "chromium")]

WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def test_no_page_of_a_purchase_is_wider_than_a_small_phone(stack: Stack, page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    wider: dict[str, int] = {}

    def look(address: str = "") -> None:
        if address:
            page.goto(address)
        by = page.evaluate(WIDER)
        if by:
            wider[page.url] = by

    for address in ("/", "/category/red/?country=spain", "/search/?q=rioja", "/help/", "/orders/lookup/", "/messager/"):
        look(address)
    shopper = Shopper(page)
    shopper.add_bottle(1)
    shopper.set_quantity(2)
    look()
    look("/orders/create/")
    page.get_by_role("button", name=re.compile("^Continue to payment")).click()
    expect(page.get_by_role("alert")).to_be_visible()
    look()
    shopper.check_out()
    shopper.pay()
    shopper.see_paid()
    look()
    page.get_by_role("main").get_by_role("link", name="Withdraw from contract").click()
    expect(page.get_by_role("heading", name="Withdraw from contract")).to_be_visible()
    look()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Please confirm")).to_be_visible()
    look()
    assert not wider
