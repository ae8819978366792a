"""What web processes share since gunicorn.conf.py has the shop read before they are forked."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
READING = """
import sys

def tell(event, arguments):
    if event in {"socket.connect", "sqlite3.connect", "_thread.start_new_thread"}:
        print(event, arguments)

sys.addaudithook(tell)
import shop_project.wsgi
"""


def test_reading_the_shop_opens_no_connection_and_starts_no_thread(tmp_path: Path) -> None:
    settings = {"DEBUG": "1", "DATA_DIR": str(tmp_path), "CELERY_BROKER_URL": "amqp://127.0.0.1:1"}
    told = subprocess.run(
        [sys.executable, "-c", READING], cwd=ROOT, env={"PATH": os.environ["PATH"]} | settings, capture_output=True
    )
    assert (told.returncode, told.stdout) == (0, b""), told.stderr
