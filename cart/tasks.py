"""The cart room's work for the worker: carts that nobody came back to are removed."""

from background.locks import sweep_lock
from background.task import background_task

from . import services

BATCH = 500


@background_task(topic="default.sweep", ignore_result=True)
def sweep() -> None:
    """Remove old carts, a batch at a time. Only one sweep runs at a time; twice does no harm."""
    with sweep_lock("cart") as held:
        while held and services.remove_old(BATCH) == BATCH:
            pass
