"""How the API says no: JSON with a sentence, and with the fields that are to blame. Always JSON."""

import functools
import json
import logging
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse as Json
from django.utils.cache import add_never_cache_headers
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, AuthorizationError, HttpError, ValidationError
from ninja.parser import Parser

from background.limits import TooMany

from .orders import ReferenceTaken, Refused

log = logging.getLogger(__name__)

RETRY_SECONDS = 5
NONE: Mapping[str, str] = {}
View = Callable[..., HttpResponseBase]


def problem(status: int, message: str, problems: Mapping[str, str] = NONE, headers: Mapping[str, str] = NONE) -> Json:
    """`problems` are by field."""
    errors = [{"field": field, "message": words} for field, words in problems.items()]
    return Json({"message": message, "errors": errors}, status=status, headers=dict(headers))


class MoneyParser(Parser):
    """Reads JSON without passing amounts through binary fractions, and takes no NaN."""

    def parse_body(self, request: HttpRequest) -> Any:
        return json.loads(request.body, parse_float=Decimal, parse_constant=_not_json)


def _not_json(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def only_json(view: View) -> View:
    """The view, its refusals of methods and sizes in JSON, too; browsers and proxies keep no copy."""

    @functools.wraps(view)
    def spoken(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            request.body  # noqa: B018 - read here, where it can be refused
        except RequestDataTooBig:
            most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
            return problem(413, f"The body is larger than {most} bytes.")
        response = view(request, *args, **kwargs)
        if response.status_code == 405:
            allowed = response["Allow"]
            response = problem(405, f"This address answers {allowed} only.", headers={"Allow": allowed})
        add_never_cache_headers(response)
        return response

    spoken.csrf_exempt = True  # type: ignore[attr-defined]  # no cookie opens anything here
    return spoken


def unknown(request: HttpRequest) -> HttpResponseBase:
    """Any other address below /api/."""
    return problem(404, "There is no such address. What there is stands at /api/docs.")


def speak(api: NinjaAPI) -> None:
    """Let the API answer its exceptions in these words."""
    answers: dict[type[Exception], Callable[[Any], HttpResponseBase]] = {
        AuthenticationError: lambda _error: problem(
            401,
            "Send a key that is not revoked: Authorization: Bearer KEY.",
            headers={"WWW-Authenticate": "Bearer"},
        ),
        AuthorizationError: lambda error: problem(403, str(error)),
        TooMany: lambda error: problem(
            429,
            f"Too many requests with this key. Again in {error.seconds} s.",
            headers={"Retry-After": str(error.seconds)},
        ),
        ReferenceTaken: lambda _error: problem(
            409, "This orderId is that of another order.", {"orderId": "was used with another body before"}
        ),
        Refused: lambda error: problem(422, "Nothing was ordered.", error.problems),
        ValidationError: _invalid,
        HttpError: lambda error: problem(error.status_code, _malformed(error)),
        Http404: lambda _error: problem(404, "There is no such order of this key."),
        OperationalError: _unavailable,
        InterfaceError: _unavailable,
    }
    for kind, answer in answers.items():
        api.add_exception_handler(kind, functools.partial(_answered, answer))


def _answered(answer: Callable[[Any], HttpResponseBase], request: HttpRequest, error: Any) -> Any:
    return answer(error)


def _malformed(error: HttpError) -> str:
    return "The body is not JSON (RFC 8259)." if error.status_code == 400 else str(error)


def _invalid(error: ValidationError) -> HttpResponseBase:
    problems: dict[str, str] = {}
    for one in error.errors:
        field = ".".join(str(part) for part in one["loc"][2:]) or "body"
        problems.setdefault(field, one["msg"].removeprefix("Value error, "))
    return problem(422, "The body does not hold what is needed.", problems)


def _too_many(error: TooMany) -> HttpResponseBase:
    words = f"Too many requests with this key. Again in {error.seconds} s."
    return problem(429, words, headers={"Retry-After": str(error.seconds)})


def _unavailable(error: Exception) -> HttpResponseBase:
    """The database is away, or somebody holds a lock for too long: nothing was made, and may be tried again."""
    log.error("the API found the database away: %s", error)
    return problem(503, "Try again in a moment; nothing was made.", headers={"Retry-After": str(RETRY_SECONDS)})
