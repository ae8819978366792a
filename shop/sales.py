"""What was sold, as plain facts from the rooms above: a reference, variants, a moment."""

from collections.abc import Iterable
from datetime import datetime

from .models import Sale
from .tasks import learn_from_sale


def record(reference: str, variant_ids: Iterable[int], at: datetime) -> None:
    """Note that these variants were bought together. A second call with the same reference changes nothing."""
    Sale.objects.bulk_create(
        (Sale(reference=reference, variant_id=variant_id, at=at) for variant_id in variant_ids),
        ignore_conflicts=True,
    )
    learn_from_sale.nudge_on_commit(reference)
