"""When the payment room calls for people: silence where events should come, rows that wait, books that differ."""

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext

from background.health import Rows, alarm, moment
from orders.models import Order

from .models import CheckoutAttempt, Payment, ReconcileReport, Refund, RefusedDeliveries, StripeEvent

EVENTS_WAIT = timedelta(minutes=5)
STRIPE_WAITS = timedelta(minutes=5)
REFUNDS_WAIT = timedelta(minutes=10)
REMEMBERED = timedelta(days=7)  # what failed is called out for so long
NEWEST_ORDERS = 500
NAMED = 5
TIME_TO_PAY = timedelta(hours=1)
REFUSED_A_DAY = 10  # anybody can post rubbish to the webhook; so many are a wrong secret or an attack
REPORT_AGE = timedelta(days=2)


@alarm
def webhooks_are_silent() -> Iterable[str]:
    """A payment of the last day came to be known by other means, and no event arrived since."""
    now = timezone.now()
    latest = now - timedelta(minutes=settings.WEBHOOK_SILENCE_MINUTES)
    payment = Payment.objects.filter(captured_at__gte=now - timedelta(days=1), captured_at__lt=latest).first()
    last = StripeEvent.objects.first()
    if payment is None or (last and last.received_at >= payment.captured_at):
        return
    ids = [payment.payment_intent, payment.session_id]
    if not StripeEvent.objects.filter(object_id__in=ids).exists():
        yield (
            _("Stripe's webhooks do not arrive: payment %s was found without one.") % payment
            + " "
            + (_("The last one came at %s.") % moment(last.received_at) if last else _("None ever came."))
        )


@alarm
def deliveries_are_refused() -> Iterable[str]:
    today = RefusedDeliveries.objects.filter(day=timezone.localdate(), count__gte=REFUSED_A_DAY).first()
    if today:
        yield (
            ngettext(
                "%d webhook delivery of today was refused: check the signing secret, or who sends them.",
                "%d webhook deliveries of today were refused: check the signing secret, or who sends them.",
                today.count,
            )
            % today.count
        )


@alarm
def events_wait() -> Iterable[Rows]:
    overdue = StripeEvent.objects.filter(state=StripeEvent.State.RECEIVED, received_at__lt=timezone.now() - EVENTS_WAIT)
    yield Rows(overdue, _("Stripe events that wait for more than 5 minutes to be processed: %s."))


@alarm
def events_are_given_up() -> Iterable[Rows]:
    yield Rows(
        StripeEvent.objects.filter(state=StripeEvent.State.PARKED),
        _("Stripe events that were given up, to be replayed in the admin: %s."),
    )


@alarm
def events_are_about_nothing_of_ours() -> Iterable[Rows]:
    recent = timezone.now() - timedelta(days=1)
    yield Rows(
        StripeEvent.objects.filter(state=StripeEvent.State.ORPHAN, received_at__gte=recent),
        _("Stripe events of the last day about no order of this shop: %s."),
    )


@alarm
def stripe_refuses_the_key() -> Iterable[str]:
    refused = CheckoutAttempt.objects.filter(state=CheckoutAttempt.State.NEW, last_error__startswith="Authentication")
    if refused.exists():
        yield _("Stripe does not accept the shop's key: was it revoked?")


@alarm
def stripe_does_not_answer() -> Iterable[Rows]:
    long_ago = timezone.now() - STRIPE_WAITS
    asked = CheckoutAttempt.objects.filter(state=CheckoutAttempt.State.NEW, created__lt=long_ago)
    yield Rows(asked, _("Checkouts that wait for an answer of Stripe for more than 5 minutes: %s."))


@alarm
def refunds_wait() -> Iterable[Rows]:
    waiting = Refund.objects.filter(state=Refund.State.NEW, created__lt=timezone.now() - REFUNDS_WAIT)
    yield Rows(waiting, _("Refunds that wait for more than 10 minutes to be asked of Stripe: %s."))


@alarm
def refunds_fail() -> Iterable[Rows]:
    failed = Refund.objects.filter(state=Refund.State.FAILED, checked_at__gte=timezone.now() - REMEMBERED)
    yield Rows(failed, _("Refunds of the last 7 days that failed: %s."))


@alarm
def orders_are_paid_without_payment() -> Iterable[Rows]:
    newest = Order.objects.order_by("-pk").values("pk")[:NEWEST_ORDERS]
    odd = Order.objects.filter(pk__in=newest, status=Order.Status.PAID, total__gt=0, payments=None)
    if numbers := ", ".join(odd.values_list("number", flat=True)[:NAMED]):
        sentence = _("Orders that are paid without a payment: %(number)s, the newest %(newest)s.")
        yield Rows(odd, sentence % {"number": "%s", "newest": numbers})


@alarm
def nobody_pays() -> Iterable[str]:
    """The newest orders had an hour each and came to nothing, every one: checkout may be broken."""
    now = timezone.now()
    had_time = Order.objects.filter(created__lt=now - TIME_TO_PAY).order_by("-pk")
    orders = had_time.values_list("status", "created")[: settings.UNPAID_ORDERS_IN_A_ROW]
    statuses = [status for status, created in orders if created >= now - REMEMBERED]
    paid = {Order.Status.PAID, Order.Status.PROCESSING}
    if len(statuses) == settings.UNPAID_ORDERS_IN_A_ROW and not paid & set(statuses):
        number = {"number": len(statuses)}
        yield (
            ngettext("The last order was not paid.", "None of the last %(number)d orders was paid.", len(statuses))
            % number
        )


@alarm
def books_differ() -> Iterable[str]:
    """Once there are payments, a reconciler has to have found all well within two days."""
    oldest = timezone.now() - REPORT_AGE
    report = ReconcileReport.objects.finished().first()
    if report and not report.is_clean:
        yield _("The shop's books and Stripe's differ: see the report of %s.") % moment(report.started)
    stale = report is None or report.started < oldest
    if stale and Payment.objects.filter(captured_at__lt=oldest).exists():
        yield (
            _("The books were not compared with Stripe's since %s: manage.py reconcile.") % moment(report.started)
            if report
            else _("The books were never compared with Stripe's: manage.py reconcile.")
        )
