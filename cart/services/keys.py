"""Which cart is a visitor's: the signed key in the browser, and the signed link that brings a cart to another one."""

from datetime import timedelta

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.db.models import CharField
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from background.prepared import Given, Prepared
from cart.models import Cart, CartLine

COOKIE_AGE = 90 * 24 * 3600
COOKIE_SALT = "cart"
_links = TimestampSigner(salt="cart link")
KEY = Given("key", CharField())
_open_cart = Prepared(lambda: Cart.objects.filter(key=KEY, closed_at=None), planned_once=True)
_lines = Prepared(
    lambda: CartLine.objects.with_products().select_related("cart").filter(cart__key=KEY, cart__closed_at=None),
    planned_once=True,
)


def key_of(request: HttpRequest) -> str:
    """The cart key that the browser holds; empty without one, or with one that is forged or older than 90 days."""
    try:
        return str(request.get_signed_cookie(settings.CART_COOKIE_NAME, salt=COOKIE_SALT, max_age=COOKIE_AGE))
    except (KeyError, BadSignature):
        return ""


def cart_of(request: HttpRequest) -> Cart | None:
    """The visitor's open cart. None, and no query, without a cookie."""
    key = key_of(request)
    return _open_cart.first(key=key) if key else None


def read_cart(request: HttpRequest) -> Cart | None:
    """The visitor's open cart together with its lines, for requests that do not change them: one query less."""
    key = key_of(request)
    lines = _lines(key=key) if key else []
    if not lines:
        return cart_of(request)
    cart = lines[0].cart
    cart.lines_read = tuple(lines)
    return cart


def remember(response: HttpResponse, cart: Cart) -> None:
    """Let the browser keep the cart's key for another 90 days."""
    response.set_signed_cookie(
        settings.CART_COOKIE_NAME,
        cart.key,
        salt=COOKIE_SALT,
        max_age=COOKIE_AGE,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def link_to(cart: Cart) -> str:
    """The address that brings this cart back in any browser, for CART_LINK_DAYS days. Whoever has it has the cart."""
    return settings.SITE_URL + reverse("cart:cart_restore", args=[_links.sign(cart.key)])


def linked_cart(signed: str) -> Cart | None:
    """The open cart that a link of `link_to` names. None where the link is forged or too old, or the cart is gone."""
    try:
        key = _links.unsign(signed, max_age=timedelta(days=settings.CART_LINK_DAYS))
    except BadSignature:  # SignatureExpired is one
        return None
    return Cart.objects.filter(key=key, closed_at=None).first()
