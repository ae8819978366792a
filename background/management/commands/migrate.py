"""`manage.py migrate`: Django's, but one that waits where somebody holds a table, as an import or a report does.

Each wait for a lock is short, since whoever comes to write meanwhile waits behind it. What did not get its locks is
rolled back and tried again: what was done before stays done.
"""

import time
from typing import Any

from django.core.management.commands import migrate
from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg2.errors import LockNotAvailable

from background.locks import waiting_at_most

TRIES, PAUSE_SECONDS = 300, 1  # some ten minutes: longer than imports write at a time
LOCK_WAIT = "300ms"
TOLD_EVERY = 10  # tries

# Whoever holds one of the tables is one of these; the others do no harm.
OPEN_TRANSACTIONS = """
SELECT format('%s%s, %s, for %s s, on %s', activity.pid, ' from ' || host(client_addr), state,
              extract(epoch FROM now() - xact_start)::int, string_agg(DISTINCT relname, ' ' ORDER BY relname))
FROM pg_stat_activity activity
JOIN pg_locks lock ON lock.pid = activity.pid AND lock.granted
JOIN pg_class ON pg_class.oid = lock.relation AND relkind = 'r' AND relnamespace = current_schema()::regnamespace
WHERE datname = current_database() AND activity.pid <> pg_backend_pid()
GROUP BY activity.pid, client_addr, state, xact_start ORDER BY xact_start
"""


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        if connection.vendor != "postgresql" or connection.in_atomic_block:
            super().handle(*args, **options)
            return
        with waiting_at_most(LOCK_WAIT, connection):
            for tries_left in reversed(range(TRIES)):
                try:
                    super().handle(*args, **options)
                    break
                except OperationalError as error:
                    if not (tries_left and isinstance(error.__cause__, LockNotAvailable)):
                        raise
                if (tries_left + 1) % TOLD_EVERY == 0:
                    self._tell_of_waiting(connection)
                time.sleep(PAUSE_SECONDS)
                options["verbosity"] = 0  # the plan was told

    def _tell_of_waiting(self, connection: BaseDatabaseWrapper) -> None:
        with connection.cursor() as cursor:
            cursor.execute(OPEN_TRANSACTIONS)
            others = [row[0] for row in cursor.fetchall()]
        self.stderr.write(f"\nA table is in use: waiting. Open transactions: {'; '.join(others) or 'none any more'}")
