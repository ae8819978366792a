"""deploy/rabbitmq-users on a RabbitMQ of the test's own: who may do what, however often it ran."""

import subprocess
from pathlib import Path

import pytest

from .servers import RABBITMQ_PROGRAMS, OwnRabbitMQ

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [
    pytest.mark.services,
    pytest.mark.chaos,
    pytest.mark.needs("rabbitmq"),
    pytest.mark.skipif(not RABBITMQ_PROGRAMS.exists(), reason="RabbitMQ's programs are not on this machine"),
]


def test_the_shop_keeps_its_queues_and_people_may_only_look(tmp_path: Path) -> None:
    with OwnRabbitMQ(tmp_path) as node:
        node.control("add_user", "shop", "development")
        node.control("set_user_tags", "shop", "administrator")
        node.control("set_permissions", "shop", ".*", ".*", ".*")
        values = {
            "PATH": f"{RABBITMQ_PROGRAMS}:/usr/bin:/bin",
            "RABBITMQ_DEFAULT_USER": "shop",
            "RABBITMQ_MANAGEMENT_USER": "monitor",
            "RABBITMQ_MANAGEMENT_PASS": "development",
        }
        for _start in range(2):
            subprocess.run(["sh", "deploy/rabbitmq-users"], cwd=ROOT, env=node.environment | values, check=True)
        users = node.control("list_users")
        assert "shop\t[]" in users
        assert "monitor\t[monitoring]" in users
        assert "shop\t.*\t.*\t.*" in node.control("list_permissions")
        assert "monitor\t^$\t^$\t^$" in node.control("list_permissions")
        node.control("authenticate_user", "monitor", "development")
