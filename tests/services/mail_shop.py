"""The part of the shop that sends mails, in real processes: database, broker, a worker that may be killed, SMTP."""

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg2

from tests.orders.post import Post

from .proxy import Proxy
from .stack import ROOT, Stack, wait_for

HANDS_OFF = 3  # seconds in which an idle sweep (each second) would have shown that it does something


class MailShop(Stack):
    """Orders that were paid for, and a worker that owes their mails. Between it and the SMTP server stands a proxy.

    One serves several stories, each of which begins with `begin` and sees only what came since.
    """

    def __init__(self, folder: Path, post: Post) -> None:
        super().__init__(folder)
        self.post, self.die = post, ""
        self.smtp = Proxy("127.0.0.1", post.port)
        self._worker, self._mails_before = 0, 0

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {
            "DJANGO_SETTINGS_MODULE": "shop_project.settings",
            "EMAIL_URL": f"smtp://127.0.0.1:{self.smtp.port}",
            "SWEEP_SECONDS": "1",
        }

    def start(self) -> "MailShop":
        self.furnish()
        command = [sys.executable, "-m", "tests.services.nursery"]
        with (self.folder / "nursery.log").open("wb") as said, (self.folder / "nursery.errors").open("wb") as errors:
            self._processes["nursery"] = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdin=subprocess.PIPE, stdout=said, stderr=errors,
                start_new_session=True,
            )  # fmt: skip
        return self

    def seed(self) -> None:
        """Nothing: who owes mails brings what was bought."""

    def begin(self, die: str) -> None:
        """A story in which workers die at this step. Whatever was sent and owed before is of no concern."""
        self.end()
        self.die = die
        self.post.taken.clear()
        self._mails_before = max((row["id"] for row in self.rows()), default=0)

    def end(self) -> None:
        if self._worker and not self._codes().get(self._worker):
            self.strike_down()
            wait_for(lambda: self._worker in self._codes(), seconds=10, what="the worker is gone")
        self._worker = 0

    def owe(self, orders: int) -> set[int]:
        """Pay for so many orders; the ids of the mails that are owed for them, two each."""
        known = {row["id"] for row in self.rows()}
        shopper = self._bear(f"pay {orders}")
        wait_for(lambda: shopper in self._codes(), seconds=120, what="the orders are paid")
        assert self._codes()[shopper] == 0, self.log("pay")
        return {row["id"] for row in self.rows()} - known

    def start_mortal(self) -> None:
        self._worker = self._bear(f"work {self.die}")

    def is_dead(self) -> bool:
        """Whether the worker died; its body is gone then."""
        codes = self._codes()
        if self._worker not in codes:
            return False
        assert codes[self._worker] == -signal.SIGKILL, self.log("work")
        return True

    def strike_down(self) -> None:
        """Kill the worker and its children from outside; `is_dead` tells that it happened."""
        os.killpg(self._worker, signal.SIGKILL)

    def _bear(self, what: str) -> int:
        """The pid of a new child of the nursery."""
        known = len(self._born())
        channel = self._processes["nursery"].stdin
        assert channel
        channel.write(f"{what}\n".encode())
        channel.flush()
        wait_for(lambda: len(self._born()) > known, seconds=60, what=f"a child, {self.log('nursery')}")
        return self._born()[-1]

    def _born(self) -> list[int]:
        return [int(line.split()[1]) for line in self.log("nursery").splitlines() if line.startswith("born")]

    def _codes(self) -> dict[int, int]:
        """Pid -> how it ended, of the children that did."""
        lines = [line.split() for line in self.log("nursery").splitlines() if not line.startswith("born")]
        return {int(pid): int(code) for pid, code in lines}

    def rows(self) -> list[dict[str, Any]]:
        """Every mail of this story that is owed or was."""
        columns = "id, kind, state, attempts, last_error, not_before > now() AS waits"
        found = self.query(f"SELECT {columns} FROM orders_orderemail WHERE id > %s ORDER BY id", self._mails_before)
        return [
            dict(zip(("id", "kind", "state", "attempts", "last_error", "waits"), row, strict=True)) for row in found
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

    def all_parked(self) -> bool:
        return all(row["state"] == "parked" for row in self.rows())

    def wait_until_sent(self, mails: set[int]) -> None:
        wait_for(lambda: self.all_sent(mails), seconds=60, what="all mails are sent")

    def stop(self) -> None:
        if "nursery" in self._processes:
            self.end()
        super().stop()
        self.smtp.cut()
