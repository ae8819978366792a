"""What a shopper does, in the words and roles that a page shows."""

import re

from playwright.sync_api import Page, expect

GOOD_CARD = "4242424242424242"


class Shopper:
    """One person with one page. Everything is found as a person or a screen reader finds it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def add_bottle(self, number: int) -> None:
        """Open the home page, choose the nth product in stock, and put one of it into the cart."""
        self.page.goto("/")
        in_stock = self.page.get_by_role("article").filter(has_not_text="Sold out")
        in_stock.nth(number).get_by_role("link").click()
        self.page.get_by_role("button", name="Add to cart").click()
        self.see_cart()

    def see_cart(self) -> None:
        """After an add: on from the dialog to the cart, which is what comes by itself without JavaScript."""
        in_dialog = self.page.get_by_role("dialog").get_by_role("link", name="View cart")
        in_dialog.or_(self.page.get_by_role("heading", name="Your cart", exact=True)).wait_for()
        if in_dialog.is_visible():
            in_dialog.click()
        self.page.wait_for_url("**/cart/")

    def set_quantity(self, quantity: int) -> None:
        """Change the first line's quantity in the cart."""
        before = self.page.locator(".totals .total").inner_text()
        self.page.get_by_role("spinbutton").first.fill(str(quantity))
        self.page.get_by_role("spinbutton").first.press("Enter")
        expect(self.page.locator(".totals .total")).not_to_have_text(re.sub(r"\s+", " ", before))
        expect(self.page.get_by_role("spinbutton").first).to_have_value(str(quantity))

    def check_out(self) -> None:
        """From the cart, by the checkout form, to the payment page."""
        self.page.goto("/cart/")
        self.page.get_by_role("button", name="Checkout").click()
        self.page.get_by_label("Country").select_option("DE")
        self.fill_in()

    def fill_in(self) -> None:
        """Fill in the checkout form and go to the payment page."""
        fields = {
            "Email": "kim@example.com",
            "Full name": "Kim Doe",
            "Address": "Main Street 1",
            "Postcode": "10115",
            "City": "Berlin",
        }
        for label, value in fields.items():
            self.page.get_by_label(label, exact=True).fill(value)
        self.page.get_by_label(re.compile("18 or older")).check()
        self.page.get_by_role("button", name="Continue to payment").click()
        self.page.wait_for_url("**/c/pay/**")

    def pay(self, *, card: str = GOOD_CARD) -> None:
        """Fill in the payment page and pay."""
        fields = {"card_number": card, "expiry": "12 / 40", "cvc": "123", "name": "Kim Doe"}
        for name, value in fields.items():
            self.page.locator(f"[name={name}]").fill(value)
        self.page.get_by_role("button", name=re.compile("^Pay")).click()

    def turn_back(self) -> None:
        """Leave the payment page by its link to the shop."""
        self.page.get_by_role("link", name="Back to the shop").click()
        self.page.wait_for_url("**/payment/canceled/**")

    def pay_again(self) -> None:
        self.page.get_by_role("button", name=re.compile("[Pp]ay")).first.click()
        self.page.wait_for_url("**/c/pay/**")

    def see_paid(self) -> None:
        """The order's page says that it is paid, by itself."""
        self.page.wait_for_url("**/orders/**")
        expect(self.page.get_by_role("heading", name="Your order is paid")).to_be_visible(timeout=60_000)
