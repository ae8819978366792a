"""The cart room's work for the worker: old carts are removed, and who waits for a variant is told that it is back."""

from background.locks import sweep_lock
from background.task import background_task

from . import services

BATCH = 500
ALERTS = 100  # mails a minute: a shop's mail server takes them, and the others' turn comes


@background_task(topic="default.sweep", ignore_result=True)
def sweep() -> None:
    """Remove old carts, a batch at a time. Only one sweep runs at a time; twice does no harm."""
    with sweep_lock("cart") as held:
        while held and services.remove_old(BATCH) == BATCH:
            pass
        services.forget_old_alerts()


@background_task(topic="mail.back_in_stock")
def send_stock_alert(alert_id: int) -> bool:
    """Mail one shopper that a variant is back; whether that was done now. A second run does nothing."""
    return services.send_alert(alert_id)


@background_task(topic="default.sweep", ignore_result=True)
def tell_who_waits() -> None:
    """Nudge the mails about variants that are back. Only one runs at a time; twice does no harm."""
    with sweep_lock("stock alerts") as held:
        for pk in services.due_alerts(ALERTS) if held else []:
            send_stock_alert.nudge_on_commit(pk)
