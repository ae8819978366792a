"""Bears processes of the shop that need not load it first: run as `python -m tests.services.nursery`.

A line on its standard input is a child: `pay 5` places and pays five orders; `work` is a worker with beat; after
`work before render` or `work before stamp` it dies as from `kill -9`, all its processes, at that step of the first try
of each mail. It answers `born PID`, and later `PID CODE`, as subprocess writes codes.
"""

import os
import select
import signal
import sys
from pathlib import Path
from typing import Any

import django

django.setup()

from cart import defaults  # noqa: E402 - models need Django's set-up
from orders.emails import delivery  # noqa: E402
from orders.models import OrderEmail  # noqa: E402
from shop.models import Variant  # noqa: E402
from shop_project.celery import app  # noqa: E402
from tests.checkout import paid_order  # noqa: E402
from tests.factories import VariantFactory  # noqa: E402

WORKER = "worker --beat --concurrency 1 -l INFO -Q {prefix}.mail,{prefix}.default"


def pay(orders: str) -> None:
    defaults.load()
    variant = Variant.objects.first() or VariantFactory(stock=1000)
    for _order in range(int(orders)):
        paid_order(variant)


def work(step: str) -> None:
    {"before render": die_before_render, "before stamp": die_before_stamp}.get(step, int)()
    app.loader.import_default_modules()
    app.start(WORKER.format(prefix=os.environ["QUEUE_PREFIX"]).split())


def die_before_render() -> None:
    compose = delivery.compose

    def mortal(mail: OrderEmail) -> Any:
        die_if_first(mail)
        return compose(mail)

    delivery.compose = mortal


def die_before_stamp() -> None:
    save = OrderEmail.save

    def mortal(mail: OrderEmail, *args: Any, **kwargs: Any) -> None:
        if mail.state == OrderEmail.State.SENT:
            die_if_first(mail)
        save(mail, *args, **kwargs)

    OrderEmail.save = mortal  # type: ignore[method-assign, assignment]


def die_if_first(mail: OrderEmail) -> None:
    if mail.attempts == 1:
        os.killpg(0, signal.SIGKILL)


def bear(line: str) -> int:
    """Fork a child that does what the line says, in a process group of its own; its pid."""
    what, _space, how = line.strip().partition(" ")
    pid = os.fork()
    if pid:
        return pid
    os.setsid()
    log = os.open(Path(os.environ["DATA_DIR"], f"{what}.log"), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.dup2(log, 1)
    os.dup2(log, 2)
    {"pay": pay, "work": work}[what](how)
    sys.exit(0)


def main() -> None:
    """Until the standard input ends, and with it every child."""
    children: set[int] = set()
    while True:
        if select.select([0], [], [], 0.05)[0]:
            line = os.read(0, 1000).decode()
            if not line:
                break
            child = bear(line)
            children.add(child)
            print("born", child, flush=True)
        dead, status = os.waitpid(-1, os.WNOHANG) if children else (0, 0)
        if dead:
            children.remove(dead)
            print(dead, os.waitstatus_to_exitcode(status), flush=True)
    for child in children:
        os.killpg(child, signal.SIGKILL)


if __name__ == "__main__":
    main()
