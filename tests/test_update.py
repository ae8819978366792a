"""deploy/update, where a service does not become healthy. A program called docker plays engine and containers."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
WORKERS = "worker-payments worker-mail"
DOCKER = """#!/bin/sh
echo "$*" >> "$ASKED"
case "$*" in
    "compose config --services") printf 'web\\nworker-payments\\nworker-mail\\nbeat\\n' ;;
    "compose up "*" --wait "*"beat") exit "$WORKERS_FAIL" ;;
    "compose up "*" --wait --scale web=2 web") touch "$ASKED.two"; exit "$WEB_FAILS" ;;
    "compose ps --all "*) printf '%s\\n' "worker-payments running unhealthy" "worker-mail running healthy" \\
        "beat exited " ;;
    "compose ps --quiet web") echo old; [ ! -e "$ASKED.two" ] || echo new ;;
    "compose logs "*) for service; do :; done; echo "the last words of $service" ;;
    "logs "*) for container; do :; done; echo "the last words of $container" ;;
esac
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a server that runs shop:1."""
    (tmp_path / "deploy").mkdir()
    shutil.copy(ROOT / "deploy" / "update", tmp_path / "deploy")
    (tmp_path / ".env").write_text("SHOP_IMAGE=shop:1\n")
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "docker"
    program.write_text(DOCKER)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    monkeypatch.setenv("ASKED", str(tmp_path / "asked"))
    monkeypatch.setenv("WORKERS_FAIL", "0")
    monkeypatch.setenv("WEB_FAILS", "0")
    return tmp_path


def update(shop: Path) -> tuple[int, str, list[str]]:
    """Update to shop:2: how it ended, what it said of troubles, and what docker was asked."""
    run = subprocess.run(["sh", "deploy/update", "shop:2"], cwd=shop, check=False, capture_output=True, text=True)
    return run.returncode, run.stderr + run.stdout, (shop / "asked").read_text().splitlines()


def test_an_update_notes_the_image_that_runs(shop: Path) -> None:
    code, _, asked = update(shop)
    assert code == 0
    assert f"compose up --detach --no-deps --wait {WORKERS} beat" in asked
    assert "rm old" in asked
    assert (shop / ".env").read_text() == "SHOP_IMAGE=shop:2\n"


def test_workers_that_do_not_become_healthy_are_named_with_their_last_words(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKERS_FAIL", "1")
    code, said, asked = update(shop)
    assert code == 1
    for service in ("worker-payments", "beat"):
        assert f"update: {service} does not become healthy" in said
        assert f"the last words of {service}" in said
    assert "worker-mail" not in said
    assert not [line for line in asked if "--scale web" in line or line.startswith(("stop", "rm"))]
    assert (shop / ".env").read_text() == "SHOP_IMAGE=shop:1\n"


def test_a_web_that_does_not_become_healthy_says_its_last_words_and_goes(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEB_FAILS", "1")
    code, said, asked = update(shop)
    assert code == 1
    assert "the last words of new" in said
    assert "rm --force new" in asked
    assert not [line for line in asked if line.endswith(" old")]
    assert (shop / ".env").read_text() == "SHOP_IMAGE=shop:1\n"
