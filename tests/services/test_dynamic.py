"""What pages do by themselves, in Chromium: steppers of a quantity, and an order's page that becomes true."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from .shopper import Shopper
from .stack import Stack

pytestmark = [pytest.mark.services, pytest.mark.needs("postgres", "rabbitmq", "chromium")]


def test_the_steppers_of_a_quantity_stay_within_what_can_be_bought(stack: Stack, page: Page) -> None:
    page.goto("/category/red/")
    page.get_by_role("article").filter(has_not_text="Sold out").first.get_by_role("link").click()
    quantity = page.get_by_role("spinbutton", name="Quantity")
    more, less = page.get_by_role("button", name="One more"), page.get_by_role("button", name="One less")
    less.click()
    expect(quantity).to_have_value("1")
    more.click()
    expect(quantity).to_have_value("2")
    most = quantity.get_attribute("max") or ""
    quantity.fill(most)
    more.click()
    expect(quantity).to_have_value(most)
    for button in (more, less):
        box = button.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 44


def test_what_was_added_is_said_in_a_dialog_that_gives_the_focus_back(stack: Stack, page: Page) -> None:
    page.goto("/category/red/")
    page.get_by_role("article").filter(has_not_text="Sold out").first.get_by_role("link").click()
    page.get_by_role("spinbutton", name="Quantity").fill("2")
    add = page.get_by_role("button", name="Add to cart")
    add.dblclick()
    dialog = page.get_by_role("dialog", name=re.compile("is in your cart"))
    expect(dialog).to_have_accessible_description("2 items in your cart")  # a double click is one add
    expect(dialog.get_by_role("status")).to_have_text("2 items in your cart")
    expect(dialog.get_by_role("heading")).to_be_focused()
    expect(dialog.get_by_role("link", name="Checkout")).to_be_visible()
    expect(dialog.get_by_role("link", name="View cart")).to_be_visible()
    dialog.get_by_role("button", name="Continue shopping").click()
    expect(dialog).to_be_hidden()
    expect(add).to_be_focused()
    expect(page.get_by_role("banner").get_by_role("link", name="Cart")).to_contain_text("2 items")
    assert "/product/" in page.url


def test_an_add_that_the_script_cannot_make_is_made_by_the_form(stack: Stack, page: Page) -> None:
    page.goto("/category/red/")
    page.get_by_role("article").filter(has_not_text="Sold out").first.get_by_role("link").click()
    page.route(
        "**/cart/add/**", lambda route: route.abort() if "hx-request" in route.request.headers else route.continue_()
    )
    page.get_by_role("button", name="Add to cart").click()
    page.wait_for_url("**/cart/")
    expect(page.get_by_role("main").get_by_role("status")).to_contain_text("is in your cart")


def test_a_quantity_in_the_cart_changes_its_total_and_zero_can_be_undone(stack: Stack, page: Page) -> None:
    shopper = Shopper(page)
    shopper.add_bottle(1)
    row = page.get_by_role("row").nth(1)
    price = row.locator(".price").inner_text()
    more = row.get_by_role("button", name="One more")
    page.evaluate("document.body.dataset.same = 'page'")
    more.click()
    expect(row.locator(".price")).not_to_have_text(price)
    expect(more).to_be_focused()
    total = page.locator(".totals .total dd").inner_text()
    expect(page.locator("main + [role=status]")).to_contain_text(total)
    shopper_cart = page.get_by_role("banner").get_by_role("link", name="Cart")
    expect(shopper_cart).to_contain_text("2 items")
    row.get_by_role("spinbutton").fill("0")
    page.keyboard.press("Tab")
    expect(page.get_by_role("main")).to_contain_text("Nothing is in your cart")
    assert page.evaluate("document.body.dataset.same") == "page"  # it was not loaded again
    expect(page.get_by_role("main")).to_be_focused()  # the next Tab goes on from here, not from the top of the page
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("row").nth(1).get_by_role("spinbutton")).to_have_value("2")


def test_who_goes_to_checkout_at_once_takes_the_new_quantity_along(stack: Stack, page: Page) -> None:
    Shopper(page).add_bottle(1)
    page.get_by_role("button", name="One more").click()
    page.get_by_role("button", name="Checkout").click()
    page.wait_for_url("**/orders/create/**")
    expect(page.get_by_role("complementary", name="Your order").get_by_role("listitem").first).to_contain_text("2 ×")


def test_a_country_or_a_method_changes_the_checkout_and_keeps_what_was_typed(stack: Stack, page: Page) -> None:
    Shopper(page).add_bottle(1)
    page.goto("/orders/create/")
    pay = page.get_by_role("button", name=re.compile("^Continue to payment"))
    before = pay.inner_text()
    page.get_by_label("Email", exact=True).fill("kim@example.com")
    page.get_by_label("Country").select_option("US")
    page.get_by_label("Address", exact=True).fill("1 Main Street")  # while the answer is on its way
    expect(page.get_by_label("State")).to_be_visible()
    expect(page.get_by_label("Address", exact=True)).to_have_value("1 Main Street")
    expect(page.get_by_label("Email", exact=True)).to_have_value("kim@example.com")
    page.get_by_label("Country").select_option("DE")
    expect(page.get_by_label("State")).to_have_count(0)
    expect(pay).to_have_text(before)
    page.get_by_role("radio", name=re.compile("Express")).check()
    expect(pay).not_to_have_text(before)
    expect(page.get_by_role("radio", name=re.compile("Express"))).to_be_focused()
    expect(page.get_by_role("button", name="Update totals")).to_be_hidden()


def test_a_field_that_goes_with_its_country_hands_the_focus_to_the_one_before(stack: Stack, page: Page) -> None:
    Shopper(page).add_bottle(1)
    page.goto("/orders/create/")
    country, state = page.get_by_label("Country"), page.get_by_label("State")
    country.select_option("US")
    expect(state).to_be_visible()
    answers: list[Route] = []
    page.route("**/orders/create/", lambda route: answers.append(route))  # until the focus is where it should be
    with page.expect_request("**/orders/create/"):
        country.select_option("DE")
    state.focus()
    expect(state).to_be_focused()
    answers[0].continue_()
    expect(state).to_have_count(0)
    expect(page.get_by_label("City")).to_be_focused()


def test_back_from_the_payment_page_finds_the_address_even_after_the_country_was_changed(
    stack: Stack, page: Page
) -> None:
    shopper = Shopper(page)
    shopper.add_bottle(1)
    page.goto("/orders/create/")
    page.get_by_label("Country").select_option("US")
    expect(page.get_by_label("State")).to_be_visible()
    page.get_by_label("Country").select_option("DE")
    expect(page.get_by_label("State")).to_have_count(0)
    shopper.fill_in()
    page.go_back()
    page.wait_for_url("**/orders/create/**")
    expect(page.get_by_label("Full name")).to_have_value("Kim Doe")
    expect(page.get_by_label("Postcode")).to_have_value("10115")
    expect(page.get_by_label("City")).to_have_value("Berlin")
    page.get_by_role("button", name="Continue to payment").click()
    page.wait_for_url("**/c/pay/**")


def test_an_open_order_page_learns_of_the_payment_by_itself(stack: Stack, page: Page) -> None:
    shopper = Shopper(page)
    shopper.add_bottle(1)
    shopper.check_out()
    session = stack.sandbox.sessions()[0]
    shopper.turn_back()
    page.goto(re.sub(r".*order=([\w-]+).*", r"/orders/\1/", page.url))
    status = page.get_by_role("region", name="Status").get_by_role("status")
    expect(status).to_contain_text("Waiting for your payment")
    page.evaluate("document.body.dataset.same = 'page'")
    stack.sandbox.pay(session["id"])  # in another tab
    expect(status).to_contain_text("Your order is paid", timeout=30_000)
    expect(page.get_by_role("button", name="Pay now")).to_have_count(0)
    done = page.get_by_role("listitem").filter(has_text="Payment confirmed")
    expect(done.get_by_role("time")).to_be_visible()
    expect(page.get_by_role("complementary").get_by_role("link", name="Invoice")).to_be_visible()
    assert page.evaluate("document.body.dataset.same") == "page"  # it was not loaded again
