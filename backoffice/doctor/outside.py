"""The doctor looks at what the shop needs from others: the mail server, Stripe, and Stripe's webhooks."""

import os
import smtplib
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.mail import get_connection
from django.utils import timezone

from orders.models import OrderEmail
from payment import gateway
from payment.models import Payment, RefusedDeliveries, StripeEvent

from .finding import Found, error, ok, warning

MAIL = "Check EMAIL_URL: smtp+tls://user:password@host:587. Mails wait and are tried again for 24 hours."
PARKED = "Email not sent: the reason stands with the mail in the admin, where it can be sent again."
KEY = "Copy the secret key anew from Stripe's dashboard, Developers, into STRIPE_SECRET_KEY."
ENDPOINT = (
    "Payment task not triggered? Stripe has to deliver to /payment/webhook/: the endpoint in its dashboard, or in "
    "development: stripe listen --forward-to localhost:8000/payment/webhook/. Until then payments are found by asking."
)


def mail_leaves() -> Found:
    backend = settings.EMAIL_BACKEND.rpartition(".")[0].rpartition(".")[2]
    if backend == "smtp":
        yield from _mail_server_answers()
    elif backend == "filebased":
        yield from _mail_folder_takes()
    else:
        yield warning(f"Mails go to the backend {backend}: nobody receives them.", "Set EMAIL_URL.")
    given_up = OrderEmail.objects.filter(state=OrderEmail.State.PARKED).first()
    if given_up:
        yield warning(f"A mail was given up: {given_up.last_error}", PARKED)


def _mail_server_answers() -> Found:
    connection = get_connection()
    try:
        connection.open()
        connection.close()
        yield ok(f"{settings.EMAIL_HOST} takes mails.")
    except (OSError, smtplib.SMTPException) as problem:
        yield error(f"Email not sent: {settings.EMAIL_HOST}: {type(problem).__name__}: {problem}", MAIL)


def _mail_folder_takes() -> Found:
    folder = Path(settings.EMAIL_FILE_PATH)
    nearest = next(place for place in (folder, *folder.parents) if place.exists())
    if not os.access(nearest, os.W_OK):
        yield error(f"Mails cannot be written to {folder}.", "Let the shop's user own the folder of EMAIL_URL.")
    elif settings.DEBUG:
        yield ok(f"Mails are files, to be read at {settings.SITE_URL}/dev/mail/.")
    else:
        yield warning(f"Mails are written to {folder}: nobody receives them.", MAIL)


def stripe_takes_the_key() -> Found:
    where = settings.STRIPE_API_BASE or "Stripe"
    mode = "live" if settings.STRIPE_LIVEMODE else "test"
    try:
        next(gateway.list_refunds(timezone.now()), None)
    except gateway.Unavailable as problem:
        refused = "AuthenticationError" in str(problem) or "PermissionError" in str(problem)
        remedy = KEY if refused else f"Is {where} reachable from this machine? Checkout says so to shoppers meanwhile."
        yield error(f"{where} does not serve us: {problem}", remedy)
        return
    yield ok(f"{where} takes the key ({mode}).")


def webhooks_arrive() -> Found:
    last = StripeEvent.objects.order_by("-received_at").first()
    paid = Payment.objects.order_by("-captured_at").first()
    refused = RefusedDeliveries.objects.filter(day=timezone.localdate()).first()
    if refused:
        yield warning(
            f"{refused.count} deliveries of today were refused: signed with another secret, or by somebody else.",
            "Compare STRIPE_WEBHOOK_SECRET with the endpoint's signing secret (whsec_…) in Stripe's dashboard.",
        )
    if last is None:
        yield warning("No webhook has ever arrived.", ENDPOINT)
    elif paid and paid.captured_at > last.received_at + timedelta(minutes=settings.WEBHOOK_SILENCE_MINUTES):
        yield error(
            f"The last webhook came at {last.received_at:%Y-%m-%d %H:%M} UTC, before the last payment.", ENDPOINT
        )
    else:
        yield ok(f"The last webhook came at {last.received_at:%Y-%m-%d %H:%M} UTC.")
