"""What docker-compose.prod.yml promises: one door, no development values, secrets in files, every queue served."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

import reference
from background import topology

ROOT = Path(__file__).resolve().parent.parent
BASE = yaml.safe_load((ROOT / "docker-compose.base.yml").read_text())["services"]
PROD = yaml.safe_load((ROOT / "docker-compose.prod.yml").read_text())


class Loader(yaml.SafeLoader):
    """Knows docker compose's own tags."""


def _sequence(loader: Loader, node: yaml.SequenceNode) -> list[Any]:
    return loader.construct_sequence(node)


Loader.add_constructor("!override", _sequence)
CLUSTER = yaml.load((ROOT / "deploy" / "cluster.yml").read_text(), Loader)  # noqa: S506 - as safe as the safe one
REHEARSAL = yaml.safe_load((ROOT / "deploy" / "rehearsal.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = {
    name: BASE.get(service.get("extends", {}).get("service"), {}) | service
    for name, service in PROD["services"].items()
}
TOOLS = {"backup", "restore"}
LASTING = {name: service for name, service in SERVICES.items() if name not in TOOLS | {"migrate"}}
OURS = {name: service for name, service in SERVICES.items() if "SHOP_IMAGE" in service["image"]}


def test_caddy_alone_is_reachable() -> None:
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"caddy"}
    assert [port.split("/")[0].split(":")[0] for port in SERVICES["caddy"]["ports"]] == ["80", "443", "443"]
    assert SERVICES["caddy"]["networks"] == ["outside"]
    assert PROD["networks"]["inside"]["internal"] is True
    assert {name for name, service in SERVICES.items() if service["networks"] == ["inside"]} == {
        "postgres",
        "rabbitmq",
        *TOOLS,
    }


def test_nothing_of_development_is_in_it() -> None:
    for name, service in SERVICES.items():
        environment = service.get("environment", {})
        assert "build" not in service
        assert "DEBUG" not in environment
        assert ".env.dev" not in str(service.get("env_file"))
        mounted = [volume for volume in service.get("volumes", []) if volume.startswith((".", "/"))]
        assert not mounted, f"{name} sees the host's {mounted}"


def test_what_lasts_is_watched_limited_and_started_again() -> None:
    for name, service in LASTING.items():
        assert service["restart"] == "unless-stopped", name
        assert service.get("healthcheck") or service in OURS.values(), name  # the image has its own
        assert re.fullmatch(r"\d+[mg]", service["mem_limit"]), name
        assert service["logging"]["options"]["max-size"], name


def test_programs_of_the_shop_can_change_nothing_but_their_data() -> None:
    assert len(OURS) == 8
    for service in OURS.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert all(volume.partition(":")[2].startswith("/data") for volume in service["volumes"])


def test_programs_that_are_still_starting_hear_that_they_shall_stop() -> None:
    assert all(service["init"] is True for service in [*OURS.values(), REHEARSAL["services"]["stripe-sandbox"]])


def test_workers_stop_when_their_tasks_are_done_and_serve_every_queue_once() -> None:
    workers = [service for name, service in SERVICES.items() if name.startswith("worker-")]
    assert {worker["stop_signal"] for worker in workers} == {"SIGTERM"}
    served = [re.search(r"--queues (\S+)", worker["command"])[1] for worker in workers]  # type: ignore[index]
    assert sorted(served) == sorted(f"shop.{kind}" for kind in topology.KINDS)


def test_secrets_are_files_that_settings_read_and_new_secrets_makes(tmp_path: Path) -> None:
    environment = PROD["x-shop"]["environment"]
    by_file = {name.removesuffix("_FILE"): place for name, place in environment.items() if name.endswith("_FILE")}
    known = {setting.name for setting in reference.settings()}
    assert set(by_file) <= known
    assert {setting.name for setting in reference.settings() if setting.kind == "secret"} <= set(by_file)
    assert {Path(place).name for place in by_file.values()} == set(PROD["x-shop"]["secrets"])
    (tmp_path / "deploy").mkdir()
    script = tmp_path / "deploy" / "new-secrets"
    script.write_text((ROOT / "deploy" / "new-secrets").read_text())
    for _time in range(2):
        said = subprocess.run(["sh", script], check=True, capture_output=True, text=True).stdout
    made = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    secrets = [*PROD["secrets"].values(), *CLUSTER["secrets"].values()]
    assert set(made) == {Path(secret["file"]).name for secret in secrets}
    assert {name for name, value in made.items() if not value} == set(re.findall(r"secrets/(\w+) yourself", said))
    assert made["postgres_password"].strip() in made["database_url"]
    assert re.search(r"default_pass = (\w{64})", made["rabbitmq.conf"])[1] in made["celery_broker_url"]  # type: ignore[index]
    assert ((tmp_path / "secrets").stat().st_mode & 0o777) == 0o700


def test_other_settings_are_known_ones() -> None:
    known = {setting.name for setting in reference.settings()}
    for service in OURS.values():
        assert {name.removesuffix("_FILE") for name in service["environment"]} <= known


@pytest.mark.parametrize("name", sorted(REHEARSAL["services"]))
def test_the_rehearsal_is_of_services_that_there_are(name: str) -> None:
    assert name in SERVICES or name in BASE


def test_a_cluster_has_three_nodes_with_volumes_of_their_own() -> None:
    nodes = [name for name in CLUSTER["services"] if name.startswith("rabbitmq")]
    discovery = (ROOT / "deploy" / "rabbitmq-cluster.conf").read_text()
    assert re.findall(r"= rabbit@(\S+)", discovery) == nodes
    for node in nodes[1:]:
        assert CLUSTER["services"][node]["hostname"] == node
        assert CLUSTER["services"][node]["volumes"] == [f"{node}:/var/lib/rabbitmq"]
    assert {name for name, service in CLUSTER["services"].items() if service.get("scale") == 1} == {
        "beat",
        "worker-long",
    }


def test_caddy_hands_on_to_web_where_it_listens() -> None:
    caddyfile = (ROOT / "deploy" / "Caddyfile").read_text()
    assert re.search(r"name web\s+port 8000", caddyfile)
    assert "--bind=0.0.0.0:8000" in (ROOT / "Dockerfile").read_text()
    assert not re.search(r"header_up|trusted_proxies", caddyfile)  # what clients claim of themselves is overwritten
