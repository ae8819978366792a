"""The whole shop in real processes: web, worker with beat, and the Stripe sandbox."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self
from urllib.parse import urlsplit, urlunsplit

import httpx

from tests.environment import POSTGRES, RABBITMQ
from tests.ports import free_port
from tests.stripe_sandbox.process import Sandbox

from . import leftovers, prepared

ROOT = Path(__file__).resolve().parents[2]
SECRET = "whsec_stack"


def wait_for(condition: Callable[[], Any], *, seconds: float, what: str) -> Any:
    """Ask until the answer is true and return it; AssertionError after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = condition()
        if answer:
            return answer
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s: {what}")


class Stack:
    """A shop on a database and queues of its own, gone after `stop`.

    `broker` is where its processes look for RabbitMQ; a test that plays an outage gives a proxy's address. `web` is
    how many processes of eight threads serve its pages.
    """

    def __init__(self, folder: Path, *, broker: str = RABBITMQ, web: int = 1, postgres: str = POSTGRES) -> None:
        self.folder = folder
        self.name = leftovers.new_name()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.sandbox = Sandbox(folder / "stripe.sqlite3", forward_to=[f"{self.url}/payment/webhook/"], secrets=[SECRET])
        self.broker, self.web, self.postgres = broker, web, postgres
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._logs: list[IO[bytes]] = []

    @property
    def environment(self) -> dict[str, str]:
        ours = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
        return ours | {
            "SECRET_KEY": "only for tests",
            "HTTPS": "0",
            "ALLOWED_HOSTS": "127.0.0.1,localhost",
            "SITE_URL": self.url,
            "DATA_DIR": str(self.folder),
            "STATIC_ROOT": str(prepared.folder() / "static"),
            "SERVE_MEDIA": "1",
            "DATABASE_URL": self._database_url(),
            "CELERY_BROKER_URL": self.broker,
            "QUEUE_PREFIX": self.name,
            "SWEEP_SECONDS": "5",
            "CHECKOUTS_PER_VISITOR": "0",
            "EMAIL_URL": f"filemail://local/{self.mail_folder}",
            "STRIPE_SECRET_KEY": "sk_test_stack",
            "STRIPE_WEBHOOK_SECRET": SECRET,
            "STRIPE_API_BASE": self.sandbox.url,
            "PYTHONUNBUFFERED": "1",
        }

    @property
    def mail_folder(self) -> Path:
        return self.folder / "mail"

    def _database_url(self) -> str:
        return urlunsplit(urlsplit(self.postgres)._replace(path=f"/{self.name}"))

    def start(self) -> Self:
        """Make the database, load the demo catalogue, start every process, and wait until the shop answers."""
        self.sandbox.start()
        self.furnish()
        if not Path(self.environment["STATIC_ROOT"]).exists():
            self.manage("collectstatic", "-v0", "--noinput")
        bind = ["--bind", f"127.0.0.1:{self.port}", "--workers", str(self.web)]
        self.spawn("web", "gunicorn", "shop_project.wsgi", *bind)
        self.start_worker()
        wait_for(self.answers, seconds=180, what="the shop answers")
        return self

    def furnish(self) -> None:
        """Make the database and fill the shelves."""
        leftovers.tidy_up(self.postgres)
        leftovers.mark(self.name)
        kind, media = (type(self).seed, self.postgres), self.folder / "media"
        prepared.furnish(kind, postgres=self.postgres, name=self.name, media=media, fill=self._fill)

    def _fill(self) -> None:
        self.manage("migrate", "-v0")
        self.seed()

    def seed(self) -> None:
        """Fill the shelves. No test of these looks at pictures, which would keep the worker busy for minutes."""
        self.manage("load_demo")
        leftovers.sql(self._database_url(), "UPDATE shop_productimage SET not_before = now() + interval '1 day'")

    def start_worker(self) -> None:
        self.spawn("worker", "celery", "-A", "shop_project", "worker", "--beat", "--concurrency", "2", "-l", "INFO")

    def spawn(self, name: str, module: str, *arguments: str) -> None:
        """Start `python -m module` in a process group of its own; its output goes to `<name>.log`."""
        log = (self.folder / f"{name}.log").open("ab")
        self._logs.append(log)
        command = [sys.executable, "-m", module, *arguments]
        self._processes[name] = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
        )

    def manage(self, *arguments: str) -> str:
        """Run a management command; its output. Raises CalledProcessError when it fails."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def answers(self) -> bool:
        """Whether the web process serves, and reaches the database."""
        try:
            return httpx.get(f"{self.url}/readyz", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def mails(self, subject: str = "") -> list[str]:
        """The text of every mail sent whose subject holds these words."""
        files = self.mail_folder.glob("*.log")  # two forked workers may choose one name within a second
        texts = [text for file in files for text in file.read_text().split(f"\n{'-' * 79}\n") if text]
        return [text for text in texts if subject in text.partition("\n\n")[0].replace("\n ", " ")]

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def process_group(self, name: str) -> int:
        """The id that a process shares with its children."""
        return self._processes[name].pid

    def is_alive(self, name: str) -> bool:
        return self._processes[name].poll() is None

    def kill(self, name: str) -> None:
        """End a process and its children at once, as a crash would."""
        process = self._processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        for name in list(self._processes):
            self.kill(name)
        for log in self._logs:
            log.close()
        self.sandbox.stop()
        leftovers.remove(self.postgres, self.name)

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
