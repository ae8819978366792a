"""The part of the shop that sends mails, in real processes: database, broker, a worker that may be killed, SMTP."""

import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg2

from tests.orders.post import Post

from .proxy import Proxy
from .stack import Stack, wait_for

HANDS_OFF = 3  # seconds in which an idle sweep (each second) would have shown that it does something


class MailShop(Stack):
    """Orders that were paid for, and a worker that owes their mails. Between it and the SMTP server stands a proxy."""

    def __init__(self, folder: Path, post: Post) -> None:
        super().__init__(folder)
        self.post, self.die = post, ""
        self.smtp = Proxy("127.0.0.1", post.port)

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {
            "DJANGO_SETTINGS_MODULE": "shop_project.settings",
            "EMAIL_URL": f"smtp://127.0.0.1:{self.smtp.port}",
            "SWEEP_SECONDS": "1",
            "DIE": self.die,
        }

    def start(self) -> "MailShop":
        self.furnish()
        return self

    def seed(self) -> None:
        """Nothing: who owes mails brings what was bought."""

    def owe(self, orders: int) -> set[int]:
        """Pay for so many orders; the ids of the mails that are owed for them, two each."""
        known = {row["id"] for row in self.rows()}
        self.spawn("shopper", "tests.services.paid_orders", str(orders))
        assert self._processes.pop("shopper").wait(120) == 0, self.log("shopper")
        return {row["id"] for row in self.rows()} - known

    def start_mortal(self) -> None:
        self.spawn("worker", "tests.services.mortal_worker")

    def is_dead(self) -> bool:
        """Whether the worker died; its body is gone then."""
        if self._processes["worker"].poll() is None:
            return False
        assert self._processes.pop("worker").returncode == -signal.SIGKILL, self.log("worker")
        return True

    def strike_down(self) -> None:
        """Kill the worker and its children from outside; `is_dead` tells that it happened."""
        os.killpg(self.process_group("worker"), signal.SIGKILL)

    def rows(self) -> list[dict[str, Any]]:
        """Every mail that is owed or was."""
        columns = "id, kind, state, attempts, last_error, not_before > now() AS waits"
        return [
            dict(zip(("id", "kind", "state", "attempts", "last_error", "waits"), row, strict=True))
            for row in self.query(f"SELECT {columns} FROM orders_orderemail ORDER BY id")
        ]

    def let_pass(self, seconds: int) -> None:
        """Let time pass for the mails that wait."""
        self.query(
            "UPDATE orders_orderemail SET not_before = not_before - %s * interval '1 second',"
            " round_began = round_began - %s * interval '1 second' WHERE state = 'queued' RETURNING id",
            seconds,
            seconds,
        )

    def query(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        connection = psycopg2.connect(self._database_url())
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement, values)
                return cursor.fetchall()
        finally:
            connection.close()

    def taken(self) -> Counter[str]:
        """Message-ID -> how often the server accepted it."""
        return Counter(str(message["Message-ID"]) for message in self.post.taken)

    def all_sent(self, mails: set[int]) -> bool:
        return all(row["state"] == "sent" for row in self.rows() if row["id"] in mails)

    def wait_until_sent(self, mails: set[int]) -> None:
        wait_for(lambda: self.all_sent(mails), seconds=60, what="all mails are sent")

    def stop(self) -> None:
        super().stop()
        self.smtp.cut()
