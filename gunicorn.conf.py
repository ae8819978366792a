"""How web processes serve the shop, wherever gunicorn is started in this folder: it reads this file by its name."""

import gc
import select

from gunicorn.workers.gthread import ThreadWorker


class Worker(ThreadWorker):
    """gunicorn's, but one that ends listens no more.

    While its last requests take their time, gunicorn's own lets the system go on taking connections, which nobody
    answers and which break in the end. Where they are refused, Caddy asks another web container at once.
    """

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        if not self.alive:
            for listener in self.sockets:
                while select.select([listener], [], [], 0)[0]:  # these were promised an answer
                    self.accept(listener)
                listener.close()


worker_class, workers, threads = Worker, 2, 8
max_requests, max_requests_jitter = 500_000, 50_000
control_socket_disable = True

# The shop is read once and its processes are forked from that, so they share most of their memory, and one that takes
# another's place is there at once. Nothing is opened before the fork (tests/test_serving.py).
preload_app = True


def when_ready(_server: object) -> None:
    """Keep the garbage collector off what is shared: whatever it looks at it writes to, and that makes a copy."""
    gc.collect()
    gc.freeze()
