"""The reconciler: compares the shop's books with Stripe's, repairs what a missed event left, reports the rest.

Only this file writes ReconcileReport. It repairs through the settle functions alone, as a webhook would.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any, TypeVar

from django.db import DatabaseError
from django.db.models import Q
from django.utils import timezone

from background.locks import sweep_lock
from orders.models import Order
from orders.transitions import IllegalTransition

from . import gateway, services
from .books import BOOKS, Book, Entry, written
from .models import CheckoutAttempt, ReconcileReport

log = logging.getLogger(__name__)

T = TypeVar("T")

KEPT_FINDINGS = 500  # of each sort a report keeps so many; the counts tell of all
# One order that cannot be settled is a finding; it must not keep the reconciler from the others.
FAILURES = (gateway.Unavailable, gateway.Refused, services.SettleConflict, IllegalTransition, DatabaseError)
ENDED = {"complete": CheckoutAttempt.State.COMPLETE, "expired": CheckoutAttempt.State.EXPIRED}


class Findings:
    """What a run has learnt so far; `save` writes it into the report."""

    def __init__(self, report: ReconcileReport) -> None:
        self.report = report
        self._sums: dict[str, dict[str, list[Decimal]]] = defaultdict(
            lambda: {book.name: [Decimal(0), Decimal(0)] for book in BOOKS}
        )

    def repaired(self, what: str, *, object_id: str, order: str) -> None:
        self.report.repaired_count += 1
        self._keep(self.report.repaired, what, object_id, order)

    def unexplained(self, what: str, *, object_id: str, order: str) -> None:
        self.report.unexplained_count += 1
        self._keep(self.report.unexplained, what, object_id, order)

    def _keep(self, findings: list[dict[str, str]], what: str, object_id: str, order: str) -> None:
        log.warning("reconciler: %s: %s", object_id, what)
        if len(findings) < KEPT_FINDINGS:
            findings.append({"what": what, "object": object_id, "order": order})

    def count(self, book: Book, *, here: Entry | None, there: Entry | None) -> None:
        """Add an entry to the balance, as each side has it."""
        for side, entry in enumerate((here, there)):
            if entry and book.counts(entry):
                self._sums[entry.currency][book.name][side] += entry.amount

    def save(self) -> None:
        self.report.balance = {
            currency: {
                name: {
                    "here": written(here, currency),
                    "there": written(there, currency),
                    "difference": written(here - there, currency),
                }
                for name, (here, there) in lines.items()
            }
            for currency, lines in sorted(self._sums.items())
        }
        self.report.save()


def reconcile(since: datetime) -> ReconcileReport | None:
    """Compare everything that Stripe made since then; the report, or None where another run is under way.

    Repairs what can be repaired; a second call finds nothing more to repair. Reads a page at a time, however long the
    period. Raises gateway.Unavailable where Stripe stops answering: the report then says so, and is not finished.
    """
    with sweep_lock("reconcile") as held:
        if not held:
            return None
        report = ReconcileReport.objects.create(since=since)
        findings = Findings(report)
        try:
            _walk_sessions(findings, since)
            for book in BOOKS:
                _walk_there(findings, book, since)
                _walk_here(findings, book, since)
            report.finished = timezone.now()
        except Exception as error:
            report.last_error = f"{type(error).__name__}: {error}"[:300]
            raise
        finally:
            findings.save()
    return report


def _walk_sessions(findings: Findings, since: datetime) -> None:
    """Settle every session that came to its end at Stripe and not here. Open ones are the sweep's business."""
    for sessions in _batches(gateway.list_sessions(since)):
        attempts = _attempts(sessions)
        for session in sessions:
            attempt = attempts.get(session.id) or attempts.get(session.metadata.get("attempt", ""))
            if attempt and session.status in ENDED and _is_behind(attempt, session):
                _settle_session(findings, attempt, session.id)


def _attempts(sessions: list[gateway.Session]) -> dict[str, CheckoutAttempt]:
    """The attempts of these sessions by session id, or by key where the answer with the id was lost."""
    keys = [session.metadata.get("attempt", "") for session in sessions]
    lost = Q(session_id=None, idempotency_key__in=keys)
    known = Q(session_id__in=[session.id for session in sessions])
    found = CheckoutAttempt.objects.filter(known | lost).select_related("order")
    return {attempt.session_id or attempt.idempotency_key: attempt for attempt in found}


def _is_behind(attempt: CheckoutAttempt, session: gateway.Session) -> bool:
    is_waiting = session.status == "complete" and attempt.order.is_waiting
    return attempt.state != ENDED[session.status] or is_waiting


def _settle_session(findings: Findings, attempt: CheckoutAttempt, session_id: str) -> None:
    order = attempt.order
    before = _session_facts(attempt)
    if _try(findings, lambda: services.settle_session(session_id), object_id=session_id, order=order.number):
        after = _session_facts(attempt)
        if after != before:
            what = f"session was {before[0]}, its order {before[1]}; now {after[0]} and {after[1]}"
            findings.repaired(what, object_id=session_id, order=order.number)


def _session_facts(attempt: CheckoutAttempt) -> tuple[str, str, int]:
    attempt.refresh_from_db()
    order = Order.objects.get(pk=attempt.order_id)
    return attempt.state, order.status, order.payments.count()


def _walk_there(findings: Findings, book: Book, since: datetime) -> None:
    """Compare what Stripe lists with the shop's rows, and note when these were seen there."""
    for entries in _batches(book.there(since)):
        ids = [entry.id for entry in entries]
        rows = book.here(ids)
        for entry in entries:
            ours = rows.get(entry.id)
            if ours != entry:
                ours, entry = _bring_together(findings, book, ours, entry)
            findings.count(book, here=ours, there=entry)
        book.rows().filter(**{f"{book.key}__in": ids}).update(seen_at=timezone.now())


def _walk_here(findings: Findings, book: Book, since: datetime) -> None:
    """Ask Stripe about rows that its lists did not show: those of the period, and those that may still change.

    Most of them Stripe made before the period; they are compared and stand in another period's balance.
    """
    started = findings.report.started
    unseen = Q(seen_at=None) | Q(seen_at__lt=started)
    in_period = Q(**{f"{book.begun}__gte": since, f"{book.begun}__lt": started})
    for row in book.rows().filter(unseen, in_period | book.open_rows()).iterator(chunk_size=gateway.PAGE):
        ours = book.entry(row)
        try:
            entry = book.ask(ours.id)
        except gateway.Refused:
            what = f"Stripe knows no such {book.noun}; the shop says {ours}"
            findings.unexplained(what, object_id=ours.id, order=ours.order)
            findings.count(book, here=ours, there=None)
            continue
        if ours != entry:
            _bring_together(findings, book, ours, entry)


def _bring_together(findings: Findings, book: Book, ours: Entry | None, entry: Entry) -> tuple[Entry | None, Entry]:
    """Settle an entry on which the two sides differ, and note how that went; both sides as they then are."""
    order = ours.order if ours else entry.order
    if not _try(findings, lambda: book.settle(entry), object_id=entry.id, order=order):
        return ours, entry
    after, entry = book.here([entry.id]).get(entry.id), book.ask(entry.id)  # Stripe's list may be old by now
    said = f"the shop said {ours}" if ours else "the shop knew nothing"
    if after == entry:
        findings.repaired(f"{book.noun} {entry}; {said}", object_id=entry.id, order=after.order)
    else:
        says = f"the shop says {after}" if after else f"no order{f' {order}' if order else ''} of ours"
        findings.unexplained(f"{book.noun} {entry} at Stripe, {says}", object_id=entry.id, order=order)
    return after, entry


def _try(findings: Findings, settle: Callable[[], Any], *, object_id: str, order: str) -> bool:
    """Whether settling worked; why not is a finding."""
    try:
        settle()
    except FAILURES as error:
        findings.unexplained(f"cannot be settled: {type(error).__name__}: {error}", object_id=object_id, order=order)
        return False
    return True


def _batches(things: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(things)
    while batch := list(islice(iterator, gateway.PAGE)):
        yield batch
