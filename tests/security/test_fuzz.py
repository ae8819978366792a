"""Whatever is sent to whatever address, the shop knows what to say: never a server error. `make fuzz` sends thousands.

69 to 73 and 76 of the catalogue in bulk: NUL, line breaks, huge numbers, scripts of all kinds, arrays where one value
is expected, bodies and headers that are none.
"""

import os
import traceback
from random import Random
from typing import Any

import pytest
from django.db import transaction
from django.http.cookie import SimpleCookie
from django.test import Client
from django.urls import reverse

from cart import defaults
from cart.models import Coupon
from orders.models import Order
from payment.models import CheckoutAttempt
from tests.checkout import paid_order, placed_order
from tests.factories import AttributeValueFactory, CouponFactory, ProductFactory, VariantFactory

from . import nasty

pytestmark = pytest.mark.django_db

REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "600"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
# Of filters, lists and the admin, whose fields no page shows as a form.
MORE_NAMES = [
    "page",
    "q",
    "sort",
    "next",
    "o",
    "p",
    "all",
    "e",
    "_popup",
    "_to_field",
    "session_id",
    "order",
    "country",
]


class Undone(Exception):
    """Ends a request's transaction, so that each request finds the same shop."""


class Fuzzer:
    """Sends requests that a dice makes up, and notes what came of them."""

    def __init__(self, clients: list[Client], known: list[str], names: list[str]) -> None:
        self.dice = Random(SEED)
        self.clients, self.known, self.names = clients, known, names
        self.sent = 0
        self.failures: list[str] = []

    def send(self, address: nasty.Address) -> None:
        dice = self.dice
        method = dice.choice(nasty.METHODS)
        path = address.path([nasty.in_path(dice, self.known) for _hole in range(address.holes)])
        query = nasty.pairs(dice, self.names) if dice.random() < 0.6 else ""
        kind = dice.choice(nasty.TYPES) if dice.random() < 0.3 else nasty.TYPES[0]
        body = nasty.pairs(dice, self.names, 12).encode() if dice.random() < 0.8 else dice.choice(nasty.BODIES)
        client = dice.choice(self.clients)
        cookies = client.cookies.output(header="")
        if dice.random() < 0.3:
            client.cookies[dice.choice(nasty.COOKIES)] = nasty.as_header(dice, nasty.TEXTS, 3000)
        headers = {
            "Accept-Language": nasty.as_header(dice, nasty.LANGUAGES, 5000),
            "Referer": nasty.as_header(dice, nasty.TEXTS, 500),
        }
        headers |= {"HX-Request": "true"} if dice.random() < 0.2 else {}
        sent = f"{method} {path[:200]!r} ?{query[:300]!r} {body[:300]!r} {headers} ({address.name})"
        self._ask(client, sent, method, path, data=body, content_type=kind, QUERY_STRING=query, headers=headers)
        client.cookies = SimpleCookie(cookies)
        self.sent += 1

    def _ask(self, client: Client, sent: str, method: str, path: str, **request: Any) -> None:
        try:
            with transaction.atomic():
                answer = client.generic(method, path, **request)
                b"".join(answer) if answer.streaming else answer.content
                away = answer.status_code == 503 and path.strip("/").split("/")[-2:-1] == [
                    "payment"
                ]  # nobody is Stripe
                if answer.status_code >= 500 and not away:
                    self.failures.append(f"{answer.status_code} {sent}")
                raise Undone
        except Undone:
            pass
        except Exception:  # what the shop did not expect, whatever it is, is what is looked for
            self.failures.append(f"{sent}\n{traceback.format_exc()[-1500:]}")


@pytest.fixture
def shop(db: None) -> list[str]:
    """A shop with something of everything; what stands for them in addresses."""
    defaults.load()
    value = AttributeValueFactory(attribute__slug="country", name="Spain")
    bottle = VariantFactory(product=ProductFactory(values=[value]), stock=50)
    CouponFactory(code="TEN")
    placed, paid = placed_order(bottle), paid_order(bottle)
    CheckoutAttempt.objects.create(
        order=placed, session_id="cs_test_1", idempotency_key="a", expires_at=placed.expires_at, parameters={}
    )
    ids = [placed.token, paid.token, placed.number, str(placed.pk), str(bottle.pk), str(Coupon.objects.get().pk)]
    return [*ids, bottle.product.slug, bottle.product.category.slug, "country", "spain", "products", "orders", "1"]


def _names(client: Client, known: list[str]) -> list[str]:
    pages = ["/", "/cart/", "/orders/create/", "/orders/lookup/", "/messager/", "/search/?q=a", "/admin/login/"]
    order = Order.objects.get(token=known[1])
    pages += [f"/product/{known[6]}/", reverse("orders:withdraw", args=[order.token])]
    found = set().union(*(nasty.names_in(client.get(page).content.decode()) for page in pages))
    assert {"quantity", "email", "full_name", "code", "csrfmiddlewaretoken"} <= found
    return sorted({*found, *MORE_NAMES})


def _shopper(bottle: str) -> Client:
    client = Client()
    client.post(f"/cart/add/{bottle}/", {"quantity": 2})
    return client


def test_71_and_76_no_request_makes_a_server_error(shop: list[str], admin_client: Client) -> None:
    shopper = _shopper(shop[4])
    fuzzer = Fuzzer([shopper, shopper, Client(), admin_client], shop, _names(shopper, shop))
    known = nasty.addresses()
    for number in range(REQUESTS):
        fuzzer.send(known[number % len(known)] if number < len(known) else fuzzer.dice.choice(known))
    print(f"{fuzzer.sent} requests to {len(known)} addresses, {len(fuzzer.failures)} server errors (seed {SEED})")
    print(*fuzzer.failures, sep="\n\n")
    assert not fuzzer.failures


def test_the_walk_finds_every_room(shop: list[str]) -> None:
    names = {address.name for address in nasty.addresses()}
    assert len(names) > 100
    for name in ("orders:order_detail", "cart:cart_add", "payment:process", "messager:write", "shop:product_detail"):
        assert any(found.endswith(name) for found in names), name
    assert "stripe_webhook" in names
    assert Client().get(f"/product/{shop[6]}/").status_code == 200


def test_the_fuzzer_sees_a_server_error(shop: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cart.views.services.read_cart", lambda _request: 1 / 0)
    fuzzer = Fuzzer([Client()], shop, ["q"])
    address = next(address for address in nasty.addresses() if address.name.endswith("cart:cart_detail"))
    for _number in range(30):
        fuzzer.send(address)
    assert any("ZeroDivisionError" in failure for failure in fuzzer.failures)


def test_fillings_lead_to_real_pages(shop: list[str]) -> None:
    """Half of what is tried exists, or only the URLconf would be tested."""
    client = Client()
    found = [nasty.in_path(Random(number), shop) for number in range(40)]
    assert sum(client.get(f"/orders/{part}/").status_code == 200 for part in found) >= 2
