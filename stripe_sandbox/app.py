"""The application: the API, the pages, and the worker beside them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from .account import Account
from .api import Api
from .cli import Switchboard
from .config import Config
from .control import Control
from .hosted import Pages
from .store import Store
from .webhooks import Courier, forget_unknown_endpoints
from .worker import work


def build(config: Config) -> Starlette:
    """One application over one data file; run it in one process only."""
    account = Account(config, Store(config.data))
    forget_unknown_endpoints(account)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        courier = Courier(account)
        worker = asyncio.create_task(work(account, courier))
        yield
        worker.cancel()
        with suppress(asyncio.CancelledError):
            await worker
        await courier.close()
        account.store.close()

    routes = [
        Route("/", lambda request: RedirectResponse("/_sandbox/")),
        Route("/_sandbox/healthz", healthz),
        Mount("/_sandbox/static", StaticFiles(directory=Path(__file__).parent / "static")),
        *Control(account).routes(),
        *Pages(account).routes(),
        *Switchboard(account).routes(),
        *Api(account).routes(),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


async def healthz(request: Request) -> Response:
    return PlainTextResponse("ok\n")
