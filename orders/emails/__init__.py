"""The mails that orders owe: owed with the fact itself, written in the order's language, sent by a worker."""

from .delivery import deliver
from .messages import compose, message_id
from .owing import owe

__all__ = ["compose", "deliver", "message_id", "owe"]
