"""What a screen reader is told: the roles, names and order of a page's parts, in Chromium."""

import re

import pytest
from playwright.sync_api import Page, expect

from .shopper import Shopper
from .stack import Stack

pytestmark = [pytest.mark.services, pytest.mark.needs("postgres", "rabbitmq", "chromium")]


def test_the_header_and_the_landmarks_of_a_page(stack: Stack, page: Page) -> None:
    page.goto("/category/red/")
    expect(page.locator("body")).to_match_aria_snapshot("""
        - link "Skip to the content"
        - banner:
          - link "The Quiet Cellar"
          - search:
            - combobox "Search the shop"
            - button "Search"
          - link "Help"
          - link "Cart"
          - navigation "Categories":
            - list
        - main:
          - navigation "Breadcrumb"
          - heading "Red" [level=1]
        - contentinfo:
          - navigation "Browse"
          - navigation "Good to know":
            - heading "Good to know" [level=2]
            - list
    """)


def test_filters_are_named_groups_and_the_number_of_products_is_a_status(stack: Stack, page: Page) -> None:
    page.goto("/category/red/?country=spain")
    expect(page.locator("#filters")).to_match_aria_snapshot(r"""
        - group "Country":
          - list:
            - listitem:
              - checkbox /France \d+/
            - listitem:
              - checkbox /Spain \d+/ [checked]
        - group "Price":
          - textbox "From"
          - textbox "To"
        - group "Stock":
          - checkbox /In stock \d+/
        - button /Show \d+ products/
    """)
    expect(page.locator("#results")).to_match_aria_snapshot(r"""
        - list "Applied filters":
          - listitem:
            - link "Remove the filter Spain"
        - status: /\d+ of \d+ products/
        - combobox "Sort by"
        - list
    """)


def test_suggestions_are_a_combobox_and_its_listbox(stack: Stack, page: Page) -> None:
    page.goto("/")
    field = page.get_by_role("combobox", name="Search the shop")
    expect(field).to_have_attribute("aria-autocomplete", "list")
    field.press_sequentially("rioj")
    listbox = page.get_by_role("listbox", name="Suggestions")
    expect(listbox).to_match_aria_snapshot("""
        - listbox "Suggestions":
          - option /Rioja/
          - option
    """)
    assert field.get_attribute("aria-controls") == listbox.get_attribute("id")
    field.press("ArrowDown")
    active = field.get_attribute("aria-activedescendant")
    expect(listbox.get_by_role("option", selected=True)).to_have_id(active or "nothing is active")


def test_a_cart_is_a_table_whose_buttons_say_what_they_act_on(stack: Stack, page: Page) -> None:
    shopper = Shopper(page)
    shopper.add_bottle(1)
    shopper.add_bottle(2)
    name = page.get_by_role("rowheader").get_by_role("link").first.inner_text()
    about = re.escape(name)
    for width in (1280, 390):
        page.set_viewport_size(
            {"width": width, "height": 900}
        )  # on a phone the rows are laid out as blocks, and stay a table
        table = page.get_by_role("table", name="What is in your cart")
        expect(table.get_by_role("row")).to_have_count(3)
        row = table.get_by_role("row").nth(1)
        expect(row.get_by_role("button", name=re.compile(f"^Remove {about},"))).to_be_visible()
        expect(row.get_by_role("spinbutton", name=re.compile(f"^Quantity of {about},"))).to_be_visible()
        expect(row.get_by_role("button", name=f"One more: {name}")).to_be_visible()
    expect(page.get_by_role("complementary", name="Summary").get_by_role("group", name="Delivery")).to_be_visible()
    expect(page.get_by_role("banner").get_by_role("link", name="Cart , 2 items")).to_be_visible()


def test_a_checkout_is_groups_of_named_fields(stack: Stack, page: Page) -> None:
    Shopper(page).add_bottle(1)
    page.goto("/orders/create/")
    expect(page.get_by_role("main")).to_match_aria_snapshot("""
        - heading "Checkout" [level=1]
        - complementary "Your order":
          - heading "Your order" [level=2]
        - group "Contact":
          - textbox "Email"
          - textbox "Phone (optional)"
        - group "Shipping address":
          - textbox "Full name"
          - combobox "Country"
          - textbox "Address"
          - textbox "Postcode"
          - textbox "City"
        - group "Shipping":
          - radio /Parcel/ [checked]
        - group "Your age":
          - checkbox "I am 18 or older."
        - button /Continue to payment, €[\\d.]+/
    """)
    email = page.get_by_role("textbox", name="Email")
    expect(email).to_have_accessible_description("For the order confirmation and the receipt.")
    tokens = {"Email": "email", "Full name": "name", "Postcode": "postal-code"}
    for label, token in tokens.items():
        expect(page.get_by_label(label, exact=True)).to_have_attribute("autocomplete", re.compile(rf"{token}$"))
