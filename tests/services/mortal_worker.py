"""A worker with beat that dies as from `kill -9`, all its processes, at one step of the first try of each mail.

DIE names the step: "before render", "before stamp", or none of them. Run as `python -m tests.services.mortal_worker`.
"""

import os
import signal
from typing import Any

import django

django.setup()

from orders.emails import delivery  # noqa: E402 - models need Django's set-up
from orders.models import OrderEmail  # noqa: E402
from shop_project.celery import app  # noqa: E402

COMMAND = "worker --beat --concurrency 1 -l INFO -Q {prefix}.mail,{prefix}.default"


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


if __name__ == "__main__":
    {"before render": die_before_render, "before stamp": die_before_stamp}.get(os.environ.get("DIE", ""), int)()
    app.start(COMMAND.format(prefix=os.environ["QUEUE_PREFIX"]).split())
