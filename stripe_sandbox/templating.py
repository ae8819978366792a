"""Templates and the headers that every page carries."""

from datetime import UTC, datetime
from pathlib import Path

from starlette.responses import Response
from starlette.templating import Jinja2Templates

from . import money

TEMPLATES = Jinja2Templates(Path(__file__).parent / "templates")
TEMPLATES.env.trim_blocks = TEMPLATES.env.lstrip_blocks = True
TEMPLATES.env.filters["money"] = money.display
TEMPLATES.env.filters["clock"] = lambda moment: datetime.fromtimestamp(moment, tz=UTC).strftime("%H:%M:%S")


def secured(response: Response, *, images: str = "", form_targets: str = "") -> Response:
    """A strict policy: nothing but our own style sheet, the named pictures, and forms to us and the named targets."""
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'self'; img-src 'self' {images}; form-action 'self' {form_targets}; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Content-Type-Options"] = "nosniff"
    # A browser may show again what it has, or its Back button would lead from a declined card to an error of its own.
    response.headers["Cache-Control"] = "private, no-cache"
    return response
