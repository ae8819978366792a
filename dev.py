"""`make run`: the whole shop on embedded defaults in one terminal. Ctrl-C stops all of it.

Settings that the shell exports may belong to another project. They are ignored, but for PORT, SANDBOX_PORT, Stripe's
names, and the names given as arguments: `make run DATABASE_URL=...` passes them on.
"""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from honcho import manager
from honcho.printer import Printer

ROOT = Path(__file__).resolve().parent
TAKEN_FROM_THE_SHELL = ("PORT", "SANDBOX_PORT", "STRIPE_")
READ_BY_LIBRARIES = ("DJANGO_", "CELERY_")
START_SECONDS = 60
STOP_SECONDS = 12  # then what still runs is killed; Celery takes about six with nothing to do


def environment(wanted: Sequence[str], shell: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """What the processes get, and the names in the shell that they are spared."""
    settings = (ROOT / "shop_project" / "settings.py").read_text()
    names = set(re.findall(r'\b(?:env\.\w+|secret)\(\s*"([A-Z_]+)"', settings))
    spared = [
        name
        for name in shell
        if (name.removesuffix("_FILE") in names or name.startswith(READ_BY_LIBRARIES))
        and not (name in wanted or name.startswith(TAKEN_FROM_THE_SHELL))
    ]
    env = {name: value for name, value in shell.items() if name not in spared}
    env["PORT"] = env.get("PORT") or "8000"
    env["SANDBOX_PORT"] = env.get("SANDBOX_PORT") or "8420"
    env.setdefault("SITE_URL", f"http://127.0.0.1:{env['PORT']}")
    return env | {"DEBUG": "1", "PYTHONUNBUFFERED": "1"}, sorted(spared)


def programs(env: Mapping[str, str]) -> dict[str, str]:
    """The command line of each process. With a Stripe key of one's own there is no sandbox to start."""
    python = f"exec {shlex.quote(sys.executable)}"  # exec: signals reach Python, not a shell in between
    # Threads: honcho signals whole process groups, and processes of a pool would die in the middle of a task.
    worker = f"{python} -m celery -q -A shop_project worker --pool threads -l WARNING"
    prefix = shlex.quote(env.get("QUEUE_PREFIX") or "shop")
    commands = {
        "web": f"{python} manage.py runserver 127.0.0.1:{env['PORT']}",
        "worker": f"{worker} --concurrency 2 -n swift@%h -Q {prefix}.payments,{prefix}.mail,{prefix}.default",
        "slow": f"{worker} --concurrency 1 -n slow@%h -Q {prefix}.media,{prefix}.long",
        "beat": f"{python} -m celery -q -A shop_project beat -l WARNING",
    }
    if not env.get("STRIPE_SECRET_KEY"):
        state = Path(env.get("DATA_DIR", "data"), "stripe.sqlite3")
        commands["stripe"] = (
            f"{python} -m stripe_sandbox --port {env['SANDBOX_PORT']} --data {shlex.quote(str(state))}"
            f" --forward-to http://127.0.0.1:{env['PORT']}/payment/webhook/"
        )
    return commands


def refuse_taken_port(name: str, port: str) -> None:
    """Exit with a sentence when something listens on `port` already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(port)))
        except (OSError, ValueError, OverflowError) as error:
            sys.exit(f"{name} {port} cannot be used: {error}. Choose another: make run {name}=8765")


def prepare(env: Mapping[str, str]) -> None:
    """Bring database, demo catalogue and staff account up to date; what is there already stays."""
    for command in ("migrate --verbosity 0", "load_demo --if-empty", "dev_staff"):
        done = subprocess.run([sys.executable, "manage.py", *command.split()], cwd=ROOT, env=dict(env))
        if done.returncode:
            sys.exit(f"`manage.py {command}` failed; its message is above.")


def announce(url: str) -> None:
    """Print the shop's address as soon as it answers."""
    for _ in range(START_SECONDS):
        try:
            with urlopen(f"{url}/healthz", timeout=1):
                print(f"\n    The shop is open: {url}/    its mails: {url}/dev/mail/    Ctrl-C stops it.\n", flush=True)
                return
        except (URLError, OSError):
            time.sleep(1)


class Terminal:
    """Standard output without a buffer.

    honcho also prints when a signal comes, and a buffered stream that is just being written to raises then: the shop
    would end and leave its processes behind.
    """

    def write(self, text: str) -> None:
        os.write(sys.stdout.fileno(), text.encode())

    def flush(self) -> None:
        """Nothing waits."""

    def isatty(self) -> bool:
        return sys.stdout.isatty()


def stop_with_the_terminal(*_: object) -> None:
    """A closed terminal stops the shop as Ctrl-C does. Nobody is left to read what it prints."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> int:
    """Prepare, start, wait for Ctrl-C or for the first process to end, stop the others."""
    env, ignored = environment(sys.argv[1:], os.environ)
    if ignored:
        print(f"Ignored from the shell: {', '.join(ignored)}. To use one: make run {ignored[0]}=...", flush=True)
    commands = programs(env)
    refuse_taken_port("PORT", env["PORT"])
    if "stripe" in commands:
        refuse_taken_port("SANDBOX_PORT", env["SANDBOX_PORT"])
    (ROOT / env.get("DATA_DIR", "data")).mkdir(parents=True, exist_ok=True)
    prepare(env)
    signal.signal(signal.SIGHUP, stop_with_the_terminal)
    manager.KILL_WAIT = STOP_SECONDS
    terminal = manager.Manager(Printer(Terminal()))
    for name, command in commands.items():
        terminal.add_process(name, command, env=dict(env), cwd=str(ROOT))
    threading.Thread(target=announce, args=(f"http://127.0.0.1:{env['PORT']}",), daemon=True).start()
    terminal.loop()
    stopped_by_hand = terminal.returncode in (128 + signal.SIGINT, 128 + signal.SIGTERM)
    return 0 if stopped_by_hand else terminal.returncode or 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
