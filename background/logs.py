"""How log lines look: who they are about, and nothing that is nobody's business. Only this file knows the formats.

A line carries the request, the order and the task that it belongs to. They flow from a request into its tasks as
headers of the nudge. Mail addresses, keys and the tokens that open an order's page are masked wherever they turn up,
also in tracebacks, for logs are read by more people, and kept longer, than the shop's database.
"""

import json
import logging
import re
import uuid
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

NAMES = ("request_id", "order", "task_id")
HEADERS = {"request_id": "shop_request_id", "order": "shop_order"}  # what a nudge carries on

_about: ContextVar[dict[str, str] | None] = ContextVar("about", default=None)

MASKS = [
    (re.compile(r"(://[^:/\s]*:)[^@/\s]+@"), r"\1…@"),  # a password in an address
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-zA-Z]{2,}"), "<email>"),
    (re.compile(r"\b((?:sk|rk|pk)_(?:test|live)_|whsec_)\w+"), r"\1…"),
    (re.compile(r"\b(shop_[0-9a-f]{8}_)[\w-]+"), r"\1…"),
    (re.compile(r"(Failing row contains|Key \([^)]*\)=)\s*\(.*\)"), r"\1 (…)"),  # Postgres quotes what was typed in
    (re.compile(r"[\w-]+(?::[\w-]+)*:[\w-]{27,}"), "<signed>"),
    (re.compile(r"(?<=[/=])(?![0-9a-f]{8}-[0-9a-f]{4}-)[\w-]{32,}(?![\w.-])"), "<token>"),
]


def begin(**names: str) -> None:
    """Forget what earlier lines were about: a request or a task starts in this thread."""
    _about.set({name: value for name, value in names.items() if value})


def about(**names: str) -> None:
    """From here on, lines of this request or task are also about these: order="7K4M-92QX"."""
    _about.set({**current(), **names})


def current() -> dict[str, str]:
    return _about.get() or {}


def carried() -> dict[str, str]:
    """The headers that let a task's lines name the request and the order that it was nudged for."""
    return {HEADERS[name]: value for name, value in current().items() if name in HEADERS}


def begin_task(task_id: str, headers: dict[str, Any] | None) -> None:
    """A task starts in this thread; its message carried `headers`."""
    taken_up = {name: str((headers or {}).get(header, ""))[:64] for name, header in HEADERS.items()}
    begin(task_id=task_id, **taken_up)


def request_id(proposed: str) -> str:
    """The id that a proxy in front gave the request, where it looks like one; else a new one."""
    return proposed if re.fullmatch(r"[A-Za-z0-9-]{8,64}", proposed) else uuid.uuid4().hex


def mask(text: str) -> str:
    """The text without mail addresses, keys, tokens and passwords."""
    for pattern, instead in MASKS:
        text = pattern.sub(instead, text)
    return text


class Line(logging.Formatter):
    """For people: one line, and behind it whom it is about."""

    def format(self, record: logging.LogRecord) -> str:
        names = "".join(f" {name}={value}" for name, value in current().items())
        return mask(super().format(record)) + (f" [{names[1:]}]" if names else "")


class Json(logging.Formatter):
    """For machines: one JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": mask(record.getMessage()),
            **current(),
        }
        if record.exc_info:
            fields["traceback"] = mask(self.formatException(record.exc_info))
        return json.dumps(fields, ensure_ascii=False)
