"""How orders come to owe each kind of mail."""

from collections.abc import Callable
from decimal import Decimal
from email.message import EmailMessage

from django.db import transaction
from django.utils import timezone, translation

from orders import documents, emails, services, transitions
from orders.models import Order, OrderEmail
from shop.models import Variant
from tests.checkout import paid_order, placed_order
from tests.factories import VariantFactory

from .post import Post

Kind = OrderEmail.Kind
Status = Order.Status
WINE = "Grüner “Süß” & <Herb>"


def wine() -> Variant:
    return Variant.objects.filter(sku="GV").first() or VariantFactory(price="12.50", sku="GV", product__name=WINE)


def ended(into: Status, *, failed: bool = False) -> Order:
    order = placed_order(wine(), quantity=2)
    order.emails.update(state=OrderEmail.State.SENT)
    Order.objects.filter(pk=order.pk).update(reminder_wanted=True)
    with transaction.atomic():
        services.end(transitions.lock(order.pk), into, actor="test", failed=failed)
    return order


def paid() -> Order:
    return paid_order(wine(), quantity=2)


def refunded(amount: str) -> Order:
    order = paid()
    with transaction.atomic():
        locked = transitions.lock(order.pk)
        full = "yes" if Decimal(amount) == order.total else ""
        services.owe_email(locked, Kind.REFUNDED, reference="re_1", amount=f"€{amount}", is_full=full)
        documents.issue_credit_note(locked, Decimal(amount), reference="re_1")
    return order


def shipped() -> Order:
    order = paid()
    with transaction.atomic():
        locked = transitions.lock(order.pk)
        units = {item: item.quantity for item in locked.line_items.all()}
        services.ship(locked, units, actor="test", carrier="dhl", tracking="00340434161094000001")
    return order


def withdrawn() -> Order:
    order = paid()
    at = "21 November 2026, 15:04 (UTC)"
    services.owe_email(order, Kind.WITHDRAWAL, reference="1", at=at, name="Kim Doe", contents=f"1 × {WINE}")
    return order


def asked_for_the_link() -> Order:
    order = paid()
    services.owe_email(order, Kind.LINK)
    return order


def disputed() -> Order:
    order = paid()
    with transaction.atomic():
        transitions.note(transitions.lock(order.pk), "disputed", actor="Stripe", attention="A cardholder disputes.")
    return order


STORIES: dict[Kind, Callable[[], Order]] = {
    Kind.RECEIVED: lambda: placed_order(wine(), quantity=2),
    Kind.RECEIPT: paid,
    Kind.PAYMENT_FAILED: lambda: ended(Status.EXPIRED, failed=True),
    Kind.EXPIRED: lambda: ended(Status.EXPIRED),
    Kind.CANCELED: lambda: ended(Status.CANCELED),
    Kind.REMINDER: lambda: ended(Status.EXPIRED),
    Kind.SHIPPED: shipped,
    Kind.REFUNDED: lambda: refunded("10.00"),
    Kind.WITHDRAWAL: withdrawn,
    Kind.LINK: asked_for_the_link,
    Kind.NEW_ORDER: paid,
    Kind.ATTENTION: disputed,
}


def sent(post: Post, kind: Kind, language: str = "en") -> tuple[Order, EmailMessage]:
    """The order of this kind's story, placed in a language, and the mail as the server got it."""
    with translation.override(language):
        order = STORIES[kind]()
    order.refresh_from_db()
    mail = order.emails.get(kind=kind)
    OrderEmail.objects.filter(pk=mail.pk).update(not_before=timezone.now())
    assert emails.deliver(mail.pk), OrderEmail.objects.get(pk=mail.pk).last_error
    return order, post.taken[-1]
