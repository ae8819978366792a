"""`make run`: what it takes from the shell, what it refuses, and that nothing of it is left once it stops."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import dev

from .ports import free_port

ROOT = Path(__file__).resolve().parent.parent


def runs(group: int) -> bool:
    """Whether a process of the group is alive."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_settings_left_in_the_shell_by_another_project_are_ignored() -> None:
    shell = {"PATH": "/bin", "DATABASE_URL": "postgres://theirs", "DJANGO_SETTINGS_MODULE": "theirs", "DEBUG": "0"}
    env, spared = dev.environment([], shell)
    assert spared == ["DATABASE_URL", "DEBUG", "DJANGO_SETTINGS_MODULE"]
    assert "DATABASE_URL" not in env
    assert (env["PATH"], env["DEBUG"]) == ("/bin", "1")


def test_a_setting_named_on_the_command_line_counts() -> None:
    env, spared = dev.environment(["DATABASE_URL"], {"DATABASE_URL": "postgres://mine"})
    assert (env["DATABASE_URL"], spared) == ("postgres://mine", [])


def test_ports_and_stripe_keys_come_from_the_shell_and_addresses_follow_the_port() -> None:
    env, _ = dev.environment([], {"PORT": "8111", "STRIPE_SECRET_KEY": "sk_test_mine"})
    assert env["SITE_URL"] == "http://127.0.0.1:8111"
    assert (env["STRIPE_SECRET_KEY"], env["SANDBOX_PORT"]) == ("sk_test_mine", "8420")


def test_the_sandbox_stays_away_when_there_is_a_stripe_key() -> None:
    env, _ = dev.environment([], {})
    assert set(dev.programs(env)) == {"web", "worker", "slow", "beat", "stripe"}
    assert set(dev.programs(env | {"STRIPE_SECRET_KEY": "sk_test_mine"})) == {"web", "worker", "slow", "beat"}


def test_a_taken_port_is_refused_with_a_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        run = subprocess.run(
            [sys.executable, "dev.py"],
            cwd=ROOT,
            env=os.environ | {"PORT": port},
            capture_output=True,
            text=True,
            timeout=30,
        )
    assert run.returncode == 1
    assert f"PORT {port} cannot be used" in run.stderr
    assert "make run PORT=" in run.stderr


PRINT_AMID_SIGNALS = """
import signal
from dev import Terminal
out = Terminal()
signal.signal(signal.SIGALRM, lambda *_: print("signal", file=out, flush=True))
signal.setitimer(signal.ITIMER_REAL, 0.2)
for number in range(20_000):
    print("a line, of which a pipe holds so many", file=out, flush=True)
"""


def test_a_signal_while_it_prints_does_not_end_it() -> None:
    command = [sys.executable, "-c", PRINT_AMID_SIGNALS]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.read(1)
        time.sleep(1)  # nobody reads, so the signal comes in the middle of a write
        output, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, b"")
    assert b"signal" in output


@pytest.fixture
def shop(embedded_data: Path) -> Iterator[subprocess.Popen[str]]:
    names = {"PORT": str(free_port()), "SANDBOX_PORT": str(free_port()), "DATA_DIR": str(embedded_data)}
    process = subprocess.Popen(
        [sys.executable, "dev.py", *names],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("STRIPE_")} | names,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=30)


@pytest.mark.services
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda sign: sign.name)
def test_the_shop_opens_and_leaves_nobody_behind(shop: subprocess.Popen[str], sign: signal.Signals) -> None:
    assert shop.stdout
    output = ""
    for line in shop.stdout:
        output += line
        if "The shop is open" in line:
            break
    groups = {name: int(pid) for name, pid in re.findall(r"(\w+) started \(pid=(\d+)\)", output)}
    assert set(groups) == {"web", "worker", "slow", "beat", "stripe"}, output
    for group in groups.values():
        assert runs(group)

    shop.send_signal(sign)
    shop.communicate(timeout=30)

    assert shop.returncode == 0
    deadline = time.monotonic() + 5  # what has ended counts until the system has noticed
    while any(map(runs, groups.values())) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert [name for name, group in groups.items() if runs(group)] == []
