"""What docker-compose.yml, its values, the Dockerfile and the tree promise one another."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from background import topology
from stripe_sandbox import config as sandbox

ROOT = Path(__file__).resolve().parent.parent
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
VALUES = dict(re.findall(r"^([A-Z_]+)=(.*)$", (ROOT / ".env.dev").read_text(), re.MULTILINE))


def test_the_image_holds_every_room() -> None:
    let_in = set(re.findall(r"^!(\w+)/$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"}
    assert rooms <= let_in
    assert "tests" not in let_in


def test_the_image_is_built_without_a_compiler_or_system_packages_and_runs_without_root() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert not re.search(r"\b(apk|apt|apt-get|gcc)\b", dockerfile)
    assert "--only-binary=:all: --require-hashes" in dockerfile
    assert re.search(r"^USER (?!0|root)", dockerfile, re.MULTILINE)


def test_every_value_is_explained() -> None:
    above = ""
    for line in (ROOT / ".env.dev").read_text().splitlines():
        if re.match(r"[A-Z_]+=", line):
            assert above.startswith("# "), f"no comment above {line}"
        above = line


def test_every_value_is_read_by_somebody() -> None:
    readers = (ROOT / "shop_project" / "settings.py").read_text() + Path(sandbox.__file__).read_text()
    readers += (ROOT / "deploy" / "rabbitmq-users").read_text()
    for name in VALUES:
        known_to_an_image = name.startswith(("POSTGRES_", "RABBITMQ_DEFAULT_", "FLOWER_"))
        assert known_to_an_image or re.search(rf'["$]{name}"', readers), f"nobody reads {name}"


@pytest.mark.parametrize(
    ("url", "user", "password", "service"),
    [
        ("DATABASE_URL", "POSTGRES_USER", "POSTGRES_PASSWORD", "postgres"),
        ("CELERY_BROKER_URL", "RABBITMQ_DEFAULT_USER", "RABBITMQ_DEFAULT_PASS", "rabbitmq"),
        ("FLOWER_BROKER_API", "RABBITMQ_MANAGEMENT_USER", "RABBITMQ_MANAGEMENT_PASS", "rabbitmq"),
    ],
)
def test_addresses_carry_the_names_their_servers_create(url: str, user: str, password: str, service: str) -> None:
    parts = urlsplit(VALUES[url])
    assert (parts.username, parts.password, parts.hostname) == (VALUES[user], VALUES[password], service)
    assert service in SERVICES


def test_development_is_reachable_from_this_machine_only() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_there_is_one_beat_and_the_worker_has_none() -> None:
    commands = {name: service.get("command", "") for name, service in SERVICES.items()}
    beats = [name for name, service in SERVICES.items() if service.get("extends", {}).get("service") == "beat"]
    assert beats == ["beat"]
    assert not [name for name, command in commands.items() if re.search(r"\bbeat\b|\s-B\b", str(command))]


def test_every_queue_has_one_worker_and_payments_have_one_of_their_own() -> None:
    commands = [str(service.get("command")) for service in SERVICES.values()]
    served = [found[1].split(",") for command in commands if (found := re.search(r"--queues (\S+)", command))]
    assert sorted(served) == sorted([f"shop.{kind}" for kind in kinds] for kinds in topology.WORKERS.values())


def test_programs_that_are_still_starting_hear_that_they_shall_stop() -> None:
    ours = [service for service in SERVICES.values() if "build" in service]
    assert len(ours) == 8
    assert all(service["init"] is True for service in ours)  # the kernel spares process 1 signals it has no handler for


def test_monitoring_and_the_stripe_cli_wait_to_be_asked_for() -> None:
    asked_for = {name: service["profiles"] for name, service in SERVICES.items() if "profiles" in service}
    assert asked_for == {"flower": ["monitoring"], "stripe-cli": ["stripe"]}
