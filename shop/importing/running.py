"""The life of an import: uploaded, checked, written. The row says how far it is; a worker does what it still needs."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from background.task import LEASE, nudge
from shop import stock
from shop.models import CatalogueImport, ImportFinding

from .columns import columns
from .planning import Plan, Planner
from .table import Table, Unreadable, read
from .writing import reference_of, write_plan

State = CatalogueImport.State
RETRY = timedelta(seconds=30)
MOST_ATTEMPTS = 3
TASK = "shop.tasks.work_on_import"


class NotNow(Exception):
    """The import is in another state than the step needs."""


def upload(content: bytes, *, name: str, actor: str) -> CatalogueImport:
    """Keep the file as an import whose columns are still to be named. Raises Unreadable."""
    table = read(content)
    return CatalogueImport.objects.create(
        name=name[:200], content=content, created_by=actor, lines_total=len(table.rows)
    )


def check(pk: int, mapping: Mapping[str, str]) -> None:
    """Have a worker find out what the file would change, its headings read as `mapping` (heading -> column's key) says.

    Raises NotNow while a worker is at it, and after it was written. May be called again with other columns.
    """
    free = CatalogueImport.objects.filter(pk=pk, state__in=[State.UPLOADED, State.CHECKED, State.FAILED])
    _begin(free, State.CHECKING, columns=dict(mapping), digest="", last_error="")
    ImportFinding.objects.filter(catalogue_import=pk).delete()
    nudge(TASK, pk)


def write(pk: int) -> None:
    """Have a worker write what the check found. Raises NotNow unless the import is checked and without errors."""
    faultless = CatalogueImport.objects.filter(pk=pk, state=State.CHECKED).exclude(findings__kind="error")
    _begin(faultless, State.WRITING, last_error="")
    nudge(TASK, pk)


def _begin(rows: QuerySet[CatalogueImport], state: str, **values: object) -> None:
    if not rows.update(state=state, attempts=0, not_before=timezone.now(), lines_done=0, **values):
        raise NotNow


def work(pk: int) -> bool:
    """Do what the import still needs, if it is due; whether something was done.

    A second call, also at the same moment, does nothing: the row is claimed first. A failure is raised after the next
    try has been set; after three the import has failed.
    """
    row = _claim(pk)
    if row is None:
        return False
    try:
        plan = _plan(row)
        if row.state == State.WRITING and _digest(plan) == row.digest and not plan.has_errors:
            _write(row, plan)
        else:
            _finish_check(row, plan)
    except Unreadable as error:
        CatalogueImport.objects.filter(pk=pk).update(state=State.FAILED, last_error=" ".join(error.messages)[:300])
    except Exception as error:
        _note_failure(row, error)
        raise
    return True


def _claim(pk: int) -> CatalogueImport | None:
    """The import, if it is due and nobody writes it: a writer holds its row, and the database frees that if he dies."""
    with transaction.atomic():
        row = CatalogueImport.objects.due().select_for_update(skip_locked=True).filter(pk=pk).first()
        if row:
            row.not_before, row.attempts = timezone.now() + LEASE, row.attempts + 1
            row.save(update_fields=["not_before", "attempts"])
        return row


def _plan(row: CatalogueImport) -> Plan:
    """What the file would change now; the row shows how many lines were read, and stays claimed."""
    table: Table = read(bytes(row.content))
    known = columns()
    mapping = {heading: known[key] for heading, key in row.columns.items() if key in known}
    planner = Planner(table.headings, mapping)
    for done in planner.read(table.rows):
        CatalogueImport.objects.filter(pk=row.pk).update(lines_done=done, not_before=timezone.now() + LEASE)
    planner.plan.findings.sort(key=lambda finding: finding.line)
    return planner.plan


def _finish_check(row: CatalogueImport, plan: Plan) -> None:
    """Keep what was found. Where it was to be written, the catalogue has changed since staff looked at it."""
    moved = _("The catalogue has changed since the check. Look at the changes again.")
    with transaction.atomic():
        ImportFinding.objects.filter(catalogue_import=row).delete()
        for finding in plan.findings:
            finding.catalogue_import = row
        ImportFinding.objects.bulk_create(plan.findings, batch_size=1000)
        CatalogueImport.objects.filter(pk=row.pk, state=row.state).update(
            state=State.CHECKED,
            digest=_digest(plan),
            last_error=moved if row.state == State.WRITING else "",
            attempts=0,
        )


def _write(row: CatalogueImport, plan: Plan) -> None:
    """All of it or nothing, once: the row is locked and marked in the same transaction."""
    try:
        with transaction.atomic():
            locked = CatalogueImport.objects.select_for_update().filter(pk=row.pk, state=State.WRITING).first()
            if locked is None:
                return
            write_plan(plan, actor=row.created_by, reference=reference_of(row.pk))
            locked.state, locked.finished = State.DONE, timezone.now()
            locked.save(update_fields=["state", "finished"])
    except (stock.OutOfStock, IntegrityError):  # an order or a colleague was faster
        _finish_check(row, _plan(row))


def _digest(plan: Plan) -> str:
    told = "\n".join(f"{finding.line} {finding.kind} {finding.sku} {finding.text}" for finding in plan.findings)
    return hashlib.sha256(told.encode()).hexdigest()


def _note_failure(row: CatalogueImport, error: Exception) -> None:
    failed = row.attempts >= MOST_ATTEMPTS
    CatalogueImport.objects.filter(pk=row.pk).update(
        state=State.FAILED if failed else row.state,
        not_before=timezone.now() + RETRY,
        last_error=f"{type(error).__name__}: {error}"[:300],
    )
