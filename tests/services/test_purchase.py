"""A shopper buys a bottle, in Chromium, from the list to the paid order."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from .shopper import GOOD_CARD, Shopper
from .stack import Stack, wait_for

pytestmark = [pytest.mark.services, pytest.mark.needs("postgres", "rabbitmq", "chromium")]


def number_on(page: Page) -> str:
    """The order's number as its page shows it."""
    found = re.search(r"\b[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}\b", page.locator("main").inner_text())
    assert found
    return found[0]


def test_a_shopper_buys_two_different_bottles(stack: Stack, page: Page) -> None:
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    shopper = Shopper(page)
    shopper.add_bottle(1)
    shopper.add_bottle(2)
    shopper.set_quantity(2)
    expect(page.get_by_role("row")).to_have_count(3)
    shopper.check_out()
    shopper.pay()
    shopper.see_paid()
    expect(page.get_by_role("banner").get_by_role("link", name="Cart")).to_have_text("Cart")  # no count, by itself
    number = number_on(page)
    wait_for(lambda: len(stack.mails(number)) == 2, seconds=60, what="two mails")
    assert len(stack.mails(f"Payment received: your order {number}")) == 1
    page.goto("/cart/")
    expect(page.get_by_role("main")).to_contain_text("Nothing is in your cart")
    assert not problems


def test_the_same_purchase_without_javascript(stack: Stack, browser: Browser) -> None:
    context = browser.new_context(base_url=stack.url, java_script_enabled=False)
    shopper = Shopper(context.new_page())
    shopper.add_bottle(1)
    shopper.add_bottle(2)
    shopper.set_quantity(3)
    shopper.check_out()
    shopper.pay()
    shopper.see_paid()
    context.close()


SUBMIT_TWICE_AND_RETURN = """button => {
  const seen = [];
  const look = () => seen.push(button.textContent, button.ariaBusy);
  addEventListener("submit", (event) => {
    seen.push(event.defaultPrevented ? "held back" : "sent");
    event.preventDefault();
  });
  button.click();
  look();
  button.click();
  dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
  look();
  button.click();
  return seen;
}"""


def test_a_submit_says_that_it_is_on_its_way_and_goes_once_until_the_page_is_back(page: Page, stack: Stack) -> None:
    shopper = Shopper(page)
    shopper.add_bottle(1)
    page.goto("/orders/create/")
    button = page.locator("[data-busy]")
    label = button.inner_text()
    assert label.startswith("Continue to payment")
    seen = button.evaluate(SUBMIT_TWICE_AND_RETURN)
    assert seen == ["sent", "One moment…", "true", "held back", label, "false", "sent"]


def test_a_declined_card_can_be_tried_again(page: Page, stack: Stack) -> None:
    shopper = Shopper(page)
    shopper.add_bottle(1)
    shopper.check_out()
    shopper.pay(card="4000000000000002")
    expect(page.get_by_text("declined").first).to_be_visible()
    shopper.pay(card=GOOD_CARD)
    shopper.see_paid()


def test_back_leads_from_a_declined_card_to_the_form_as_it_was_filled_in(page: Page, stack: Stack) -> None:
    shopper = Shopper(page)
    shopper.add_bottle(1)
    page.goto("/orders/create/")
    page.get_by_role("button", name=re.compile("^Continue to payment")).click()
    expect(page.get_by_role("alert")).to_be_visible()  # an answer to a POST, which browsers keep only if they may
    shopper.fill_in()
    for card, words in (("4000000000000002", "was declined"), ("4000000000009995", "insufficient funds")):
        shopper.pay(card=card)
        expect(page.get_by_role("alert")).to_contain_text(words)
    for _page in ("declined once", "not yet", "the form"):
        page.go_back()
    expect(page.get_by_label("Email", exact=True)).to_have_value("kim@example.com")
    expect(page.get_by_label("Postcode", exact=True)).to_have_value("10115")
    page.get_by_role("button", name=re.compile("^Continue to payment")).click()
    page.wait_for_url("**/c/pay/**")
    shopper.pay()
    shopper.see_paid()


def test_going_back_charges_nothing_and_the_order_can_still_be_paid(page: Page, stack: Stack) -> None:
    shopper = Shopper(page)
    shopper.add_bottle(1)
    shopper.check_out()
    shopper.turn_back()
    expect(page.get_by_role("main")).to_contain_text("not been charged")
    shopper.pay_again()
    shopper.pay()
    shopper.see_paid()


def test_after_going_back_a_changed_cart_is_a_new_order_and_the_old_session_is_closed(page: Page, stack: Stack) -> None:
    shopper = Shopper(page)
    shopper.add_bottle(1)
    shopper.check_out()
    shopper.turn_back()
    shopper.add_bottle(2)
    shopper.check_out()
    newest, older = stack.sandbox.sessions()[:2]
    assert (newest["status"], older["status"]) == ("open", "expired")
    shopper.pay()
    shopper.see_paid()


def test_the_payer_returns_in_another_browser(page: Page, browser: Browser, stack: Stack) -> None:
    shopper = Shopper(page)
    shopper.add_bottle(1)
    shopper.check_out()
    elsewhere = browser.new_context(base_url=stack.url)
    phone = elsewhere.new_page()
    phone.goto(page.url)  # the payment page's address, opened on the phone
    there = Shopper(phone)
    there.pay()
    there.see_paid()
    page.goto("/cart/")  # and the first browser learns that its cart is bought
    expect(page.get_by_role("main")).to_contain_text("Nothing is in your cart")
    elsewhere.close()
