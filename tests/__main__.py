"""`make test`: all tests. Those that start servers wait most of the time, so they run beside the others."""

import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType

PYTEST = [sys.executable, "-m", "pytest"]
IN_PROCESS = [*PYTEST, "-n", "2", "-m", "not services"]
WITH_SERVICES = [*PYTEST, "-m", "services and not chaos"]


def main() -> int:
    """Both runs at once, the words of the second after those of the first; 0 where all of it passed."""
    with tempfile.TemporaryDirectory() as folder:
        words = Path(folder) / "services"
        with words.open("wb") as out:
            services = subprocess.Popen(WITH_SERVICES, stdout=out, stderr=subprocess.STDOUT)
        in_process = subprocess.Popen(IN_PROCESS)
        try:
            failed = in_process.wait()
            tell(words, services)
        except KeyboardInterrupt:  # both have heard it, and tidy up
            in_process.wait()
            tell(words, services)
            return 130
        finally:
            in_process.terminate()
            services.terminate()
        return failed or services.returncode


def tell(words: Path, speaker: subprocess.Popen[bytes]) -> None:
    """Print what was said so far, and what follows until the speaker ends."""
    with words.open("rb") as said:
        ended = False
        while not ended:
            ended = speaker.poll() is not None
            sys.stdout.buffer.write(said.read())
            sys.stdout.buffer.flush()
            time.sleep(0 if ended else 0.5)


def stop(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)
    sys.exit(main())
