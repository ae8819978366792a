"""What other programs can ask for. The docstrings and descriptions here are what /api/docs reads out."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import translation
from ninja import NinjaAPI, Status
from ninja.errors import AuthorizationError

from backoffice.models import ApiKey, ApiOrder
from shop.money import to_currency_digits

from . import errors, orders
from .keys import Bearer
from .schemas import Created, NewOrder, OrderData, Problems

# Made once: `urls` of the same instance are asked for by shop_project/urls.py only.
api = NinjaAPI(
    title="Orders for other programs",
    version="1.0.0",
    description="Amounts are in the shop's currency. Every answer is JSON.",
    openapi_url=None,  # served, with its reading, by reading.py
    docs_url=None,
    parser=errors.MoneyParser(),
    auth=Bearer(),
)
errors.speak(api)
ANY = {401: Problems, 429: Problems, 503: Problems}


@api.post(
    "create-order/",
    response={200: Created, 201: Created, 400: Problems, 403: Problems, 409: Problems, 413: Problems, 422: Problems}
    | ANY,
    by_alias=True,
    summary="Make an order",
)
def create_order(request: HttpRequest, wanted: NewOrder) -> Status[Any]:
    """Makes an order, keeps its stock, and mails the customer a link to pay.

    Needs a key with the right create_order. The same body again is the same order, and the answer is 200 in place of
    201; the same orderId with another body is a 409. Anything but 200 and 201 has made nothing.
    """
    key = _key(request)
    if not key.create_order:
        raise AuthorizationError(message="This key lacks the right create_order.")
    if not wanted.items and not key.custom_amount:
        raise AuthorizationError(message="This key lacks the right custom_amount: name items.")
    made, is_new = orders.create(key, wanted)
    message = f"Order #{made.reference} created. Email sent to {wanted.customer_email}."
    data = _data(request, made) | {"message": "Order created successfully!"}
    return Status(201 if is_new else 200, {"message": message, "data": data})


@api.get(
    "orders/{number}/",
    response={200: OrderData, 404: Problems} | ANY,
    by_alias=True,
    summary="Ask how an order is",
)
def order_detail(request: HttpRequest, number: str) -> dict[str, Any]:
    """How far an order is that was made with the same key. The number is the shop's."""
    orders_of_key = ApiOrder.objects.filter(key=_key(request)).select_related("order")
    return _data(request, get_object_or_404(orders_of_key, order__number=number[:20]))


def _key(request: HttpRequest) -> ApiKey:
    key: ApiKey = request.auth  # type: ignore[attr-defined]
    return key


def _data(request: HttpRequest, made: ApiOrder) -> dict[str, Any]:
    order = made.order
    if order is None:
        raise ValueError("an order is not made yet")
    with translation.override(order.language):
        payment_url = settings.SITE_URL + order.get_absolute_url()
    return {
        "order_id": made.reference,
        "order_number": order.number,
        "status": order.status,
        "fulfilment": order.fulfilment,
        "total_amount": str(to_currency_digits(order.total, order.currency)),
        "currency": order.currency,
        "status_url": settings.SITE_URL + reverse("api-1.0.0:order_detail", args=[order.number]),
        "payment_url": payment_url,
    }
