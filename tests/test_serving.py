"""How gunicorn.conf.py has web processes start and end."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.ports import free_port
from tests.services.stack import wait_for

ROOT = Path(__file__).resolve().parent.parent
READING = """
import sys

def tell(event, arguments):
    if event in {"socket.connect", "sqlite3.connect", "_thread.start_new_thread"}:
        print(event, arguments)

sys.addaudithook(tell)
import shop_project.wsgi
"""

SLOW = """
import pathlib, time

def application(environ, start_response):
    folder = pathlib.Path(__file__).parent
    if environ["PATH_INFO"] == "/slow":
        (folder / "asked").touch()
        while not (folder / "go").exists():
            time.sleep(0.01)
    start_response("200 OK", [("Content-Length", "4")])
    return [b"done"]
"""


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def server(port: int, tmp_path: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Serves SLOW as the shop is served."""
    (tmp_path / "slow.py").write_text(SLOW)
    command = [sys.executable, "-m", "gunicorn", "slow", f"--pythonpath={tmp_path}", f"--bind=127.0.0.1:{port}"]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    wait_for(lambda: not is_refused(port), seconds=60, what="it listens")
    yield process
    process.kill()
    process.wait()


def is_refused(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) != 0


def test_reading_the_shop_opens_no_connection_and_starts_no_thread(tmp_path: Path) -> None:
    settings = {"DEBUG": "1", "DATA_DIR": str(tmp_path), "CELERY_BROKER_URL": "amqp://127.0.0.1:1"}
    told = subprocess.run(
        [sys.executable, "-c", READING], cwd=ROOT, env={"PATH": os.environ["PATH"]} | settings, capture_output=True
    )
    assert (told.returncode, told.stdout) == (0, b""), told.stderr


def test_who_ends_answers_what_it_has_and_refuses_the_rest_at_once(
    server: "subprocess.Popen[bytes]", port: int, tmp_path: Path
) -> None:
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(httpx.get, f"http://127.0.0.1:{port}/slow", timeout=60, trust_env=False)
        try:
            wait_for((tmp_path / "asked").exists, seconds=60, what="the slow page is asked for")
            server.terminate()
            wait_for(lambda: is_refused(port), seconds=20, what="connections are refused while it is made")
        finally:
            (tmp_path / "go").touch()
        assert answer.result().text == "done"
    assert server.wait(60) == 0
