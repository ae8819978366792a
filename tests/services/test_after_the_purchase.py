"""What comes after a purchase, in Chromium: the order is found again by its mail, and withdrawn from."""

import re

import pytest
from playwright.sync_api import Page, expect

from .shopper import Shopper
from .stack import Stack, wait_for
from .test_purchase import number_on

pytestmark = [pytest.mark.services, pytest.mark.needs("postgres", "rabbitmq", "chromium")]


def test_an_order_is_found_again_by_mail_and_withdrawn_from(stack: Stack, page: Page) -> None:
    shopper = Shopper(page)
    shopper.add_bottle(1)
    shopper.check_out()
    shopper.pay()
    shopper.see_paid()
    number = number_on(page)
    page.context.clear_cookies()
    page.goto("/")
    page.get_by_role("contentinfo").get_by_role("link", name="Find your order").click()
    send = page.get_by_role("button", name="Send me the link")
    send.click()
    expect(page.get_by_role("alert")).to_contain_text("Enter the order number.")
    page.get_by_label("Order number").fill(number.lower())
    page.get_by_label("Email", exact=True).fill("kim@example.com")
    send.click()  # the errors that go as their fields are left do not move the button away
    expect(page.get_by_role("main")).to_contain_text("its link is on its way to kim@example.com")
    subject = f"The link to your order {number}"
    wait_for(lambda: stack.mails(subject), seconds=120, what="the mail with the link")
    link = re.search(r"/orders/link/[\w:=-]+/", stack.mails(subject)[0])
    assert link
    page.goto(link[0])
    expect(page.get_by_role("heading", level=1)).to_contain_text(number)
    page.get_by_role("link", name="Withdraw from contract").first.click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Confirm withdrawal").click()
    expect(page.get_by_role("main")).to_contain_text("withdrew from the contract")
    wait_for(lambda: stack.mails(f"We received your withdrawal from order {number}"), seconds=120, what="its mail")
