"""A RabbitMQ and a Postgres of the tests' own, to be stopped, wiped and starved without hurting others."""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.environment import answers
from tests.ports import free_port
from tests.services import leftovers
from tests.services.stack import wait_for

RABBITMQ_PROGRAMS = Path("/usr/lib/rabbitmq/bin")
POSTGRES_PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


class OwnRabbitMQ:
    """A second node beside the machine's, with a folder and ports of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.far_port = folder / "rabbitmq", free_port(), free_port()
        self.folder.mkdir()
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}//"
        self.name = f"chaos{self.port}@localhost"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        (self.folder / "plugins").write_text("[].\n")
        return os.environ | {
            "HOME": str(self.folder),
            "RABBITMQ_NODENAME": self.name,
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self.far_port),
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_MNESIA_BASE": str(self.folder / "data"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_CONFIG_FILE": str(self.folder / "none"),
        }

    def start(self) -> None:
        with (self.folder / "output").open("ab") as output:
            command = [str(RABBITMQ_PROGRAMS / "rabbitmq-server")]
            self._process = subprocess.Popen(
                command, env=self.environment, stdout=output, stderr=output, start_new_session=True
            )
        wait_for(lambda: answers(self.url) and self._has_started(), seconds=180, what="the second RabbitMQ has started")

    def stop(self) -> None:
        """As a power cut would."""
        if self._process:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def wipe(self) -> None:
        """Lose the volume. To be called while it is stopped."""
        shutil.rmtree(self.folder / "data")

    def control(self, *arguments: str) -> str:
        """What rabbitmqctl prints. Raises CalledProcessError where it fails."""
        done = self._control(*arguments)
        done.check_returncode()
        return done.stdout

    def _control(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [str(RABBITMQ_PROGRAMS / "rabbitmqctl"), "--quiet", "-n", self.name, *arguments]
        return subprocess.run(command, env=self.environment, check=False, capture_output=True, text=True)

    def _has_started(self) -> bool:
        """On a busy machine the port answers before rabbitmqctl finds the node."""
        return self._control("await_startup").returncode == 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class OwnPostgres:
    """A cluster beside the machine's. As root it runs under the user postgres, as the server demands.

    Not in a folder of pytest: whenever somebody starts pytest, it shuts its folders to other users.
    """

    def __init__(self) -> None:
        self.folder, self.port = Path(tempfile.mkdtemp(prefix="shop-postgres-")), free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def _run(self, program: str, *arguments: str) -> None:
        user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        command = [*user, str(POSTGRES_PROGRAMS[-1] / program), *arguments]
        with (self.folder / "output").open("ab") as output:  # not a pipe: the server would keep it open
            subprocess.run(command, check=True, stdout=output, stderr=output, cwd="/")

    def start(self) -> None:
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres")
        data = str(self.folder / "data")
        self._run("initdb", "--pgdata", data, "--auth", "trust", "--username", "postgres", "--encoding", "UTF8")
        self.start_again()

    def start_again(self) -> None:
        options = f"-p {self.port} -k {self.folder} -c max_connections=100 -c fsync=off"
        log = str(self.folder / "log")
        self._run(
            "pg_ctl", "--pgdata", str(self.folder / "data"), "--log", log, "--wait", "--options", options, "start"
        )

    def stop(self) -> None:
        """At once, as when the machine goes down."""
        self._run("pg_ctl", "--pgdata", str(self.folder / "data"), "--mode", "immediate", "stop")

    def sql(self, statement: str) -> None:
        leftovers.sql(self.url, statement)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self.folder)
