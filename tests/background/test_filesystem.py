"""The embedded broker: no message is ever seen half-written, and the oldest comes first."""

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from kombu import Connection, Exchange, Queue
from kombu.transport.virtual import Empty

ROOT = Path(__file__).resolve().parents[2]
MESSAGES = 400
TRANSPORT = "background.filesystem:Transport"


def connect(folder: Path) -> Any:
    """A connection as the settings make it."""
    for name in ("queue", "control"):
        (folder / name).mkdir(exist_ok=True)
    options = {
        "data_folder_in": str(folder / "queue"),
        "data_folder_out": str(folder / "queue"),
        "control_folder": str(folder / "control"),
    }
    return Connection("filesystem://", transport=TRANSPORT, transport_options=options)


def queues(channel: Any) -> list[Queue]:
    return [Queue(name, Exchange(name), routing_key=name, channel=channel) for name in ("one", "two")]


def test_readers_never_see_an_empty_message_while_others_write(tmp_path: Path) -> None:
    received: list[Any] = []
    failures: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        with connect(tmp_path) as connection:
            channel = connection.channel()
            while not done.is_set() or any((tmp_path / "queue").iterdir()):
                try:
                    received.append(channel._get("one"))
                except Empty:
                    continue
                except Exception as error:  # what would have killed a worker
                    failures.append(error)

    def write() -> None:
        with connect(tmp_path) as connection:
            channel = connection.channel()
            for _message in range(MESSAGES // 4):
                channel._put("one", {"body": "x" * 5000})

    readers = [threading.Thread(target=read) for _reader in range(2)]
    writers = [threading.Thread(target=write) for _writer in range(4)]
    for thread in [*readers, *writers]:
        thread.start()
    for thread in writers:
        thread.join(60)
    done.set()
    for thread in readers:
        thread.join(60)
    assert not failures
    assert len(received) == MESSAGES


def test_messages_are_read_in_the_order_they_were_written(tmp_path: Path) -> None:
    with connect(tmp_path) as connection:
        channel = connection.channel()
        for number in range(MESSAGES):
            channel._put("one", {"body": number})
        assert [channel._get("one")["body"] for _message in range(MESSAGES)] == list(range(MESSAGES))


def test_processes_that_start_together_agree_on_the_bindings(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from tests.background.test_filesystem import connect, queues\n"
        "c = connect(Path(sys.argv[1])); ch = c.channel(); [q.declare() for q in queues(ch)]\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    processes = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) for _process in range(4)]
    assert [(process.wait(60), process.communicate()[1]) for process in processes] == [(0, b"")] * 4
    with connect(tmp_path) as connection:
        assert [row.queue for row in connection.channel().get_table("two")] == ["two"]


def test_the_shop_uses_it(tmp_path: Path) -> None:
    show = "from shop_project import celery_app; print(type(celery_app.connection().transport).__module__)"
    command = [sys.executable, "-c", f"import django; django.setup(); {show}"]
    environment = {"DEBUG": "1", "DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "shop_project.settings"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "background.filesystem"
