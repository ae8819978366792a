"""How web processes serve the shop, wherever gunicorn is started in this folder: it reads this file by its name."""

import gc

worker_class, workers, threads = "gthread", 2, 8
max_requests, max_requests_jitter = 500_000, 50_000
control_socket_disable = True

# The shop is read once and its processes are forked from that, so they share most of their memory, and one that takes
# another's place is there at once. Nothing is opened before the fork (tests/test_serving.py).
preload_app = True


def when_ready(_server: object) -> None:
    """Keep the garbage collector off what is shared: whatever it looks at it writes to, and that makes a copy."""
    gc.collect()
    gc.freeze()
