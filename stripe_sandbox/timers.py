"""Things that happen by themselves later: kept in the store, so that a restart forgets none."""

import time
from collections.abc import Callable, Mapping

from .account import Account


def start(account: Account, seconds: float, action: str, object_id: str) -> None:
    """Do `action` to the object in so many seconds."""
    sql = "INSERT INTO timers (due, action, object) VALUES (?, ?, ?)"
    account.store.execute(sql, (time.time() + seconds, action, object_id))
    account.nudge()


def fire(account: Account, actions: Mapping[str, Callable[[Account, str], None]]) -> None:
    """Do everything that is due, each with its removal in one transaction."""
    for row in account.store.rows("SELECT * FROM timers WHERE due <= ? ORDER BY due, id", (time.time(),)):
        with account.store.transaction():
            account.store.execute("DELETE FROM timers WHERE id = ?", (row["id"],))
            actions[row["action"]](account, row["object"])
