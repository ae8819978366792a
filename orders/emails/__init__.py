"""The mails that orders owe: owed with the fact itself, written in the order's language, sent by a worker."""

from .delivery import deliver, deliver_all
from .messages import compose, message_id
from .owing import owe, owe_staff

__all__ = ["compose", "deliver", "deliver_all", "message_id", "owe", "owe_staff"]
