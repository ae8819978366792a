"""The hosted payment page: what a shopper sees between the shop and the shop, without any JavaScript."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from . import payments
from .account import Account
from .cards import NOT_A_TEST_CARD, Card, find_card, passes_luhn
from .payments import Result
from .resources import checkout_sessions
from .resources.payment_methods import Payer
from .store import Json
from .templating import TEMPLATES, secured
from .webhooks import before_redirect

DELAYED_NAMES = {
    "sepa_debit": "SEPA Direct Debit",
    "us_bank_account": "US bank account",
    "bacs_debit": "Bacs Direct Debit",
    "konbini": "Konbini",
    "customer_balance": "Bank transfer",
}


@dataclass
class Form:
    """What the payer typed, and what is wrong with it by field."""

    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    card: Card | None = None
    month: int = 0
    year: int = 0

    def value(self, name: str) -> str:
        return self.values.get(name, "").strip()


class Pages:
    """The payment page, the 3-D Secure page, and the way back."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> list[Route]:
        return [
            Route("/c/pay/{session}", self.show, methods=["GET"]),
            Route("/c/pay/{session}", self.pay, methods=["POST"]),
            Route("/c/3ds/{intent}", self.show_3ds, methods=["GET"]),
            Route("/c/3ds/{intent}", self.answer_3ds, methods=["POST"]),
            Route("/receipts/{charge}", self.receipt, methods=["GET"]),
        ]

    def _session(self, session_id: str) -> Json | None:
        """The session as of this moment: one whose time has run out is expired first."""
        with self._account.store.transaction():
            checkout_sessions.expire_overdue(self._account)
        return self._account.store.find(session_id, "checkout.session")

    async def show(self, request: Request) -> Response:
        session = self._session(request.path_params["session"])
        if session is None:
            return self._over(request, None)
        if session["status"] != "open":
            return self._over(request, session)
        return self._page(request, session, Form({"email": session["customer_email"] or ""}))

    async def pay(self, request: Request) -> Response:
        form = await self._read_form(request)
        session = self._session(request.path_params["session"])
        if session is None or session["status"] == "expired":
            return self._over(request, session)
        if session["status"] == "complete":  # a second click: the payer goes where the first one led
            return back_to_shop(session)
        if form.value("shipping") and session["shipping_cost"]:
            session = payments.choose_shipping(self._account, session, form.value("shipping"))
        delayed = delayed_method(session)
        later = bool(delayed) and form.value("method") == delayed
        check(form, card=not later and session["amount_total"] > 0, now=self._account.now())
        shown = form.value("shown_total")
        if shown and shown != str(session["amount_total"]):  # without JavaScript the page could not follow the choice
            form.errors["shipping"] = "The total has changed with the shipping. Please check it and pay again."
        if form.errors:
            return self._page(request, session, form)
        result = self._attempt(session, form, delayed if later else "")
        return await self._follow(request, session["id"], result, form)

    def _attempt(self, session: Json, form: Form, delayed: str) -> Result:
        payer = Payer(form.value("email"), form.value("name"))
        with self._account.store.transaction():
            if session["amount_total"] == 0:
                return payments.pay_nothing(self._account, session, payer)
            if delayed:
                return payments.pay_later(self._account, session, payer, delayed, form.value("bank"))
            assert form.card is not None, "check() leaves an error or a card"  # noqa: S101
            return payments.pay_by_card(self._account, session, payer, form.card, form.month, form.year)

    async def _follow(self, request: Request, session_id: str, result: Result, form: Form) -> Response:
        session = self._account.get("checkout.session", session_id)
        if result.decline:
            form.errors[result.decline.field] = result.decline.message
            return self._page(request, session, form)
        if result.state == "requires_action":
            return RedirectResponse(f"/c/3ds/{result.intent}", status_code=303)
        await before_redirect(self._account, session_id)
        return back_to_shop(session)

    async def show_3ds(self, request: Request) -> Response:
        session, intent = self._of_intent(request.path_params["intent"])
        if not session or not intent or session["status"] != "open" or intent["status"] != "requires_action":
            return self._over(request, session)
        return self._render(request, "three_d_secure.html", session, {"intent": intent})

    async def answer_3ds(self, request: Request) -> Response:
        form = await self._read_form(request)
        session, intent = self._of_intent(request.path_params["intent"])
        if not session or not intent or session["status"] == "expired":
            return self._over(request, session)
        if session["status"] == "complete":
            return back_to_shop(session)
        if intent["status"] != "requires_action":
            return RedirectResponse(f"/c/pay/{session['id']}", status_code=303)
        card = find_card(self._account.store.private(intent["payment_method"])["number"])
        details = self._account.get("payment_method", intent["payment_method"])["billing_details"]
        typed = Form({"email": details["email"], "name": details["name"]})
        with self._account.store.transaction():
            passed = form.value("answer") == "complete"
            result = payments.authenticate(self._account, session, intent, card, passed=passed)
        return await self._follow(request, session["id"], result, typed)

    async def receipt(self, request: Request) -> Response:
        """What a charge's `receipt_url` shows."""
        charge = self._account.store.find(request.path_params["charge"], "charge")
        if charge is None or not charge["paid"]:
            return self._over(request, None)
        return self._render(request, "receipt.html", None, {"charge": charge})

    def _of_intent(self, intent_id: str) -> tuple[Json | None, Json | None]:
        intent = self._account.store.find(intent_id, "payment_intent")
        return (self._session(self._account.store.private(intent_id)["session"]) if intent else None), intent

    async def _read_form(self, request: Request) -> Form:
        data = await request.form(max_fields=50)
        return Form({name: value for name, value in data.items() if isinstance(value, str)})

    def _page(self, request: Request, session: Json, form: Form) -> Response:
        private = self._account.store.private(session["id"])
        lines = [self._line(line) for line in private["line_items"]]
        rates = [
            (option, self._account.get("shipping_rate", option["shipping_rate"]))
            for option in session["shipping_options"]
        ]
        delayed = delayed_method(session)
        context = {
            "form": form,
            "lines": lines,
            "rates": rates,
            "delayed": delayed,
            "delayed_name": DELAYED_NAMES.get(delayed, ""),
            "takes_cards": "card" in session["payment_method_types"],
        }
        return self._render(request, "pay.html", session, context, pictures=lines)

    def _line(self, line: Json) -> Json:
        product = self._account.get("product", line["price"]["product"])
        return line | {"image": next(iter(product["images"]), None), "note": product["description"]}

    def _over(self, request: Request, session: Json | None) -> Response:
        return self._render(request, "over.html", session, {}, status=404 if session is None else 200)

    def _render(self, request: Request, template: str, session: Json | None, context: Json,
                *, status: int = 200, pictures: list[Json] | None = None) -> Response:  # fmt: skip
        context = {"session": session, "back": success_url(session), **context}
        response = TEMPLATES.TemplateResponse(request, template, context, status_code=status)
        # Browsers hold the redirect after the form to `form-action`, so the shop is named there.
        shop = [session["success_url"], session["cancel_url"]] if session else []
        return secured(
            response, images=_origins([line["image"] for line in pictures or []]), form_targets=_origins(shop)
        )


def delayed_method(session: Json) -> str:
    return next((method for method in session["payment_method_types"] if method != "card"), "")


def success_url(session: Json | None) -> str:
    return session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"]) if session else ""


def back_to_shop(session: Json) -> Response:
    return RedirectResponse(success_url(session), status_code=303)


def _origins(urls: list[str | None]) -> str:
    parts = [urlsplit(url) for url in urls if url]
    return " ".join(sorted({f"{part.scheme}://{part.netloc}" for part in parts}))


def check(form: Form, *, card: bool, now: int) -> None:
    """Fill in `errors` in Stripe's words, and the card when it is well-formed."""
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", form.value("email")):
        form.errors["email"] = "Your email is invalid." if form.value("email") else "Required"
    if not form.value("name"):
        form.errors["name"] = "Required"
    if card:
        _check_number(form)
        _check_expiry(form, now)
        length = 4 if form.card and form.card.brand == "amex" else 3
        if not re.fullmatch(rf"[0-9]{{3,{max(length, 3)}}}", form.value("cvc")):
            form.errors["cvc"] = "Your card's security code is incomplete." if form.value("cvc") else "Required"


def _check_number(form: Form) -> None:
    number = re.sub(r"[\s-]", "", form.value("card_number"))
    if not number:
        form.errors["card_number"] = "Required"
    elif not re.fullmatch(r"[0-9]{12,19}", number):
        form.errors["card_number"] = "Your card number is incomplete."
    elif not passes_luhn(number):
        form.errors["card_number"] = "Your card number is invalid."
    elif find_card(number).decline is NOT_A_TEST_CARD:
        form.errors["card_number"] = NOT_A_TEST_CARD.message
        form.values["card_number"] = ""  # somebody's real card, perhaps
    else:
        form.card = find_card(number)


def _check_expiry(form: Form, now: int) -> None:
    match = re.fullmatch(r"(0?[1-9]|1[0-2])\s*/?\s*(?:20)?([0-9]{2})", form.value("expiry"))
    if not match:
        form.errors["expiry"] = "Your card's expiration date is incomplete." if form.value("expiry") else "Required"
        return
    form.month, form.year = int(match[1]), 2000 + int(match[2])
    if (form.year, form.month) < _year_and_month(now):
        form.errors["expiry"] = "Your card's expiration date is in the past."


def _year_and_month(now: int) -> tuple[int, int]:
    moment = datetime.fromtimestamp(now, tz=UTC)
    return moment.year, moment.month
