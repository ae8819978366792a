"""Looks at everything the shop needs to run, and says what to do about what is wrong. It changes nothing."""

from collections.abc import Iterator

from . import basics, outside, work
from .finding import Finding, Level, examine

__all__ = ["Finding", "Level", "findings"]

CHECKS = [
    basics.settings_are_safe,
    basics.database_answers,
    basics.migrations_are_applied,
    work.broker_answers,
    work.queues_are_there,
    work.workers_answer,
    work.beat_runs,
    work.results_come_back,
    outside.mail_leaves,
    outside.stripe_takes_the_key,
    outside.webhooks_arrive,
    basics.files_are_there,
    basics.nothing_alarms,
]


def findings() -> Iterator[Finding]:
    """What each check finds, one by one, as it is found; at least one for each."""
    for check in CHECKS:
        yield from examine(check)
