"""A real purchase in the shop whose webhooks come through the genuine Stripe CLI only."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from ..services.conftest import browser_type_launch_args as browser_type_launch_args
from ..services.shopper import Shopper
from ..services.stack import SECRET, Stack
from .cli import Cli
from .endpoint import eventually

pytestmark = [pytest.mark.services, pytest.mark.needs("stripe_cli", "postgres", "rabbitmq", "chromium")]


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """A shop that its sandbox cannot reach by itself."""
    stack = Stack(tmp_path)
    stack.sandbox.forward_to.clear()
    with stack:
        yield stack


def test_the_cli_forwards_a_real_purchase_to_the_shop(stack: Stack, browser: Browser, tmp_path: Path) -> None:
    cli = Cli(stack.sandbox, tmp_path)
    with cli.listening(f"{stack.url}/payment/webhook/") as secret:
        assert secret == SECRET
        with browser.new_context(base_url=stack.url) as context:
            shopper = Shopper(context.new_page())
            shopper.add_bottle(0)
            shopper.check_out()
            shopper.pay()
            shopper.see_paid()
        eventually(lambda: stack.sandbox.events("checkout.session.completed")[0]["pending_webhooks"] == 0, seconds=30)
    deliveries = stack.sandbox.events("checkout.session.completed")[0]["deliveries"]
    assert [delivery["endpoint"].partition(":")[0] for delivery in deliveries] == ["cli"]
    assert [attempt["status"] for attempt in deliveries[0]["attempts"]] == [200]
