"""The one background task: expires sessions, fires timers, and sends the courier out."""

import asyncio
import logging

from . import payments, timers
from .account import Account
from .errors import StripeError
from .resources import checkout_sessions, refunds
from .webhooks import Courier

LOOK_AT_LEAST_EVERY = 1.0  # seconds; sessions and timers go by the clock, not by a nudge
log = logging.getLogger(__name__)


async def work(account: Account, courier: Courier) -> None:
    """Run until cancelled. A failure is logged and tried again: webhooks must not die with one bad row."""
    while True:
        try:
            with account.store.transaction():
                checkout_sessions.expire_overdue(account)
            timers.fire(account, ACTIONS)
            pause = courier.dispatch()
        except Exception:
            log.exception("The background worker stumbled; it goes on in a second.")
            await asyncio.sleep(1)
            continue
        await account.rest(min(pause, LOOK_AT_LEAST_EVERY))


def _refund_fails(account: Account, refund_id: str) -> None:
    try:
        refunds.fail(account, refund_id)
    except StripeError as error:
        log.info("Nothing left to fail: %s", error)


def _bank(account: Account, session_id: str, *, succeed: bool) -> None:
    """The bank answers by itself, unless somebody at the control page was quicker."""
    try:
        payments.settle(account, account.get("checkout.session", session_id), succeed=succeed)
    except StripeError as error:
        log.info("Nothing left to settle: %s", error)


ACTIONS = {
    "bank_succeeds": lambda account, session_id: _bank(account, session_id, succeed=True),
    "bank_fails": lambda account, session_id: _bank(account, session_id, succeed=False),
    "refund_pending": refunds.succeed,
    "refund_fails": _refund_fails,
}
