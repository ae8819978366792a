"""Ports for servers that tests start."""

import random
import socket
from contextlib import suppress

# Above those that browsers refuse, and below those that outgoing connections are given, of which one could take a port
# before its server starts.
FIRST, LAST = 11_000, 32_000


def free_port() -> int:
    """A port that nobody uses now."""
    while True:
        port = random.randint(FIRST, LAST)
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
