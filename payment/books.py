"""The shop's books and Stripe's in one form, so that they can be compared: payments, refunds, disputes."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from shop.money import from_minor, minor_digits

from . import gateway, services
from .models import Dispute, Payment, Refund

NOT_RETURNED = frozenset({Refund.State.FAILED, Refund.State.CANCELED})
TAKEN_BY_BANK = frozenset({"needs_response", "under_review", "lost"})  # an inquiry (warning_…) takes nothing


@dataclass(frozen=True)
class Entry:
    """One line of the books. Two are equal when the shop and Stripe say the same."""

    id: str
    payment_intent: str
    state: str
    amount: Decimal
    currency: str
    order: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{written(self.amount, self.currency)} {self.currency} {self.state}"


def written(amount: Decimal, currency: str) -> str:
    """The amount with the currency's decimals, and with more where it has more."""
    step = Decimal(1).scaleb(-minor_digits(currency))
    return f"{amount if amount % step else amount.quantize(step):f}"


class Book(ABC):
    """A kind of entry: where Stripe lists it, where the shop keeps it, and how the two are brought to agree."""

    name: str  # as the balance calls it
    noun: str
    key: str  # the column of Stripe's id
    begun: str  # the column of when the shop first knew it

    @abstractmethod
    def there(self, since: datetime) -> Iterator[Entry]:
        """What Stripe has, made since. One page at a time is in memory. Raises what the gateway raises."""

    @abstractmethod
    def ask(self, object_id: str) -> Entry:
        """What Stripe says of one now. Raises gateway.Refused where it knows of none."""

    @abstractmethod
    def rows(self) -> QuerySet[Any]:
        """The shop's rows of today's mode (live or test) that have an id of Stripe's."""

    @abstractmethod
    def entry(self, row: Any) -> Entry:
        """A row as an entry."""

    @abstractmethod
    def settle(self, entry: Entry) -> None:
        """Make the shop's row agree with what Stripe says. Raises what the settle functions raise."""

    def counts(self, entry: Entry) -> bool:
        """Whether its money moved: what came to nothing is no part of the balance."""
        return True

    def open_rows(self) -> Q:
        """Rows that may still change at Stripe, however old they are."""
        return Q(pk__in=[])

    def here(self, ids: Iterable[str]) -> dict[str, Entry]:
        """The shop's entries by Stripe's ids; one query."""
        entries = (self.entry(row) for row in self.rows().filter(**{f"{self.key}__in": list(ids)}))
        return {entry.id: entry for entry in entries}


class Payments(Book):
    """Money that came."""

    name, noun, key, begun = "captured", "payment", "payment_intent", "captured_at"

    def there(self, since: datetime) -> Iterator[Entry]:
        return map(self._entry, gateway.list_captures(since))

    def ask(self, object_id: str) -> Entry:
        return self._entry(gateway.retrieve_capture(object_id))

    def _entry(self, answer: gateway.Capture) -> Entry:
        amount, order = from_minor(answer.amount, answer.currency), answer.metadata.get("order", "")
        return Entry(answer.payment_intent, answer.payment_intent, answer.status, amount, answer.currency, order)

    def rows(self) -> QuerySet[Payment]:
        return Payment.objects.filter(livemode=settings.STRIPE_LIVEMODE).select_related("order")

    def entry(self, row: Payment) -> Entry:
        intent = row.payment_intent
        return Entry(intent, intent, "succeeded", row.amount, row.currency, row.order.number)

    def settle(self, entry: Entry) -> None:
        services.settle_payment_intent(entry.id)


class Refunds(Book):
    """Money that went back."""

    name, noun, key, begun = "refunded", "refund", "refund_id", "created"

    def there(self, since: datetime) -> Iterator[Entry]:
        return map(self._entry, gateway.list_refunds(since))

    def ask(self, object_id: str) -> Entry:
        return self._entry(gateway.retrieve_refund(object_id))

    def _entry(self, answer: gateway.Refund) -> Entry:
        amount = from_minor(answer.amount, answer.currency)
        return Entry(answer.id, answer.payment_intent, answer.status, amount, answer.currency)

    def rows(self) -> QuerySet[Refund]:
        asked = Refund.objects.filter(refund_id__isnull=False, payment__livemode=settings.STRIPE_LIVEMODE)
        return asked.select_related("payment__order")

    def entry(self, row: Refund) -> Entry:
        intent, order = row.payment.payment_intent, row.payment.order.number
        return Entry(row.refund_id or "", intent, row.state, row.amount, row.currency, order)

    def settle(self, entry: Entry) -> None:
        payment = services.payment_of(entry.payment_intent)
        if payment:
            services.settle_refund(payment, entry.id)

    def counts(self, entry: Entry) -> bool:
        return entry.state not in NOT_RETURNED

    def open_rows(self) -> Q:
        return Q(state__in=[Refund.State.PENDING, Refund.State.REQUIRES_ACTION])


class Disputes(Book):
    """Money that cardholders contest, and that their bank took back for as long as it is not won."""

    name, noun, key, begun = "disputed", "dispute", "dispute_id", "created"

    def there(self, since: datetime) -> Iterator[Entry]:
        return map(self._entry, gateway.list_disputes(since))

    def ask(self, object_id: str) -> Entry:
        return self._entry(gateway.retrieve_dispute(object_id))

    def _entry(self, answer: gateway.Dispute) -> Entry:
        amount = from_minor(answer.amount, answer.currency)
        return Entry(answer.id, answer.payment_intent, answer.status, amount, answer.currency)

    def rows(self) -> QuerySet[Dispute]:
        return Dispute.objects.filter(payment__livemode=settings.STRIPE_LIVEMODE).select_related("payment__order")

    def entry(self, row: Dispute) -> Entry:
        intent, order = row.payment.payment_intent, row.payment.order.number
        return Entry(row.dispute_id, intent, row.state, row.amount, row.currency, order)

    def settle(self, entry: Entry) -> None:
        payment = services.payment_of(entry.payment_intent)
        if payment:
            services.settle_dispute(payment, entry.id)

    def counts(self, entry: Entry) -> bool:
        return entry.state in TAKEN_BY_BANK

    def open_rows(self) -> Q:
        return ~Q(state__in=Dispute.CLOSED)


BOOKS: tuple[Book, ...] = (Payments(), Refunds(), Disputes())
