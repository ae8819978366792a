"""A purchase by keyboard alone, in Chromium: every control is reached by Tab, and the focus is seen all the way."""

import re

import pytest
from playwright.sync_api import Page, expect

from .keyboard import Keyboard
from .stack import Stack

pytestmark = [pytest.mark.services, pytest.mark.needs("postgres", "rabbitmq", "chromium")]


def test_from_the_list_to_the_payment_page_by_keyboard(stack: Stack, page: Page) -> None:
    keyboard = Keyboard(page)
    page.goto("/category/red/")
    keyboard.skip_to_content()
    expect(page.get_by_role("main")).to_be_focused()
    in_stock = page.get_by_role("article").filter(has_not_text="Sold out")
    keyboard.press(in_stock.first.get_by_role("link"))
    page.wait_for_url("**/product/**")
    keyboard.skip_to_content()
    keyboard.press(page.get_by_role("spinbutton", name="Quantity"), "ArrowUp")
    add = page.get_by_role("button", name="Add to cart")
    keyboard.press(add)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_be_focused()
    page.keyboard.press("Escape")
    expect(add).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("heading")).to_be_focused()
    keyboard.press(dialog.get_by_role("link", name="View cart"))
    page.wait_for_url("**/cart/")
    expect(page.get_by_role("spinbutton")).to_have_value("4")
    keyboard.skip_to_content()
    keyboard.press(page.get_by_role("button", name="Checkout"))
    page.wait_for_url("**/orders/create/**")
    _fill_in(keyboard)
    keyboard.press(page.get_by_role("button", name=re.compile("^Continue to payment")))
    page.wait_for_url("**/c/pay/**")


def test_no_filter_of_a_phone_is_covered_by_its_bar_while_it_has_the_focus(stack: Stack, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    keyboard = Keyboard(page)
    page.goto("/category/red/")
    keyboard.press(page.get_by_text("Filter", exact=True))
    keyboard.tab_to(page.get_by_role("button", name=re.compile("^Show")))


def _fill_in(keyboard: Keyboard) -> None:
    keyboard.skip_to_content()
    keyboard.write("Email", "kim@example.com")
    keyboard.write("Full name", "Kim Doe")
    keyboard.write("Country", "Germany")
    keyboard.write("Address", "Main Street 1")
    keyboard.write("Postcode", "10115")
    keyboard.write("City", "Berlin")
    keyboard.press(keyboard.page.get_by_label(re.compile("18 or older")), "Space")


def test_errors_of_the_checkout_are_reached_and_left_by_keyboard(stack: Stack, page: Page) -> None:
    keyboard = Keyboard(page)
    page.goto("/category/red/")
    page.get_by_role("article").filter(has_not_text="Sold out").first.get_by_role("link").press("Enter")
    page.get_by_role("button", name="Add to cart").press("Enter")
    page.get_by_role("dialog").get_by_role("link", name="Checkout").press("Enter")
    page.wait_for_url("**/orders/create/")
    page.get_by_role("button", name=re.compile("^Continue to payment")).press("Enter")
    problems = page.get_by_role("alert")
    expect(problems).to_be_focused()
    keyboard.press(problems.get_by_role("link").first)
    email = page.get_by_role("textbox", name="Email")
    expect(email).to_be_focused()
    expect(email).to_have_attribute("aria-invalid", "true")
    expect(email).to_have_accessible_description(re.compile("Enter"))
    page.keyboard.type("kim@example.com")
    page.keyboard.press("Tab")
    expect(email).not_to_have_attribute("aria-invalid", "true")
