"""The contact page's work for the worker: messages, and the sweep for those that are overdue."""

from background.locks import sweep_lock
from background.task import background_task

from . import services
from .models import Message

BATCH = 200


@background_task(topic="mail.message")
def handle_message(message_pk: int) -> bool:
    """Pass one message on to staff and acknowledge it; whether that was done now. A second run does nothing."""
    return services.handle(message_pk)


@background_task(topic="default.sweep", ignore_result=True)
def sweep() -> None:
    """Nudge every message that is overdue, and delete old ones. Only one sweep runs at a time."""
    with sweep_lock("messager") as held:
        if held:
            services.forget_old()
            for pk in Message.objects.due().order_by("not_before").values_list("pk", flat=True)[:BATCH]:
                handle_message.nudge_on_commit(pk)
