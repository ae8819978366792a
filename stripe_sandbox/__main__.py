"""`python -m stripe_sandbox`: listen, say where, serve until told to stop."""

import socket
import sys

import uvicorn

from .app import build
from .config import read_config


def main() -> None:
    config = read_config(sys.argv[1:])
    listener = _listen(config.host, config.port)
    host, port = listener.getsockname()[:2]
    address = f"http://{host}:{port}"
    config.public_url = config.public_url or address
    sys.stdout.write(f"stripe_sandbox: listening on {address}\n")
    sys.stdout.flush()
    server = uvicorn.Server(
        uvicorn.Config(build(config), log_level="warning", access_log=False, timeout_graceful_shutdown=1)
    )
    server.run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches Nagle's delay (40 ms an answer) off only for sockets that say they are TCP.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        sys.exit(f"stripe_sandbox: cannot listen on {host}:{port}: {error.strerror}")
    listener.listen(128)
    return listener


if __name__ == "__main__":
    main()
