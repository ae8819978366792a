"""What stands before any view: health, addresses that no browser makes, names and counts, the language of the admin."""

import time
from collections.abc import Callable
from functools import cached_property

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseNotAllowed, JsonResponse
from django.http.response import HttpResponseBase
from django.utils import translation

from background import health as facts, logs
from background.counts import tally

COUNTED_METHODS = {"GET", "HEAD", "POST"}  # a visitor may make up others
SECONDS = ("0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10")  # what monitoring tells apart

Handler = Callable[[HttpRequest], HttpResponse]


def name_request(get_response: Handler) -> Handler:
    """Give the request an id, which its log lines, its tasks and its answer carry."""

    def middleware(request: HttpRequest) -> HttpResponse:
        name = logs.request_id(request.headers.get("X-Request-ID", ""))
        logs.begin(request_id=name)
        response = get_response(request)
        response["X-Request-ID"] = name
        return response

    return middleware


def count_request(get_response: Handler) -> Handler:
    """Count requests by what they asked for and what became of them, and how long they took, for /metrics."""

    def middleware(request: HttpRequest) -> HttpResponse:
        started = time.monotonic()
        response = get_response(request)
        seconds = time.monotonic() - started
        match = request.resolver_match
        method = request.method if request.method in COUNTED_METHODS else "other"
        tally.add("requests", method=method, view=match.view_name if match else "", status=str(response.status_code))
        tally.add("request_seconds", seconds)
        for bound in (*SECONDS, "+Inf"):
            if seconds <= float(bound):
                tally.add("request_seconds_bucket", le=bound)
        return response

    return middleware


def health(get_response: Handler) -> Handler:
    """`/healthz`: this process answers. `/readyz`: 503 only without database or migrations; the rest is reported.

    `/readyz?deep` answers 503 on any alarm, for monitors.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path in {"/healthz", "/readyz"} and request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        if request.path == "/healthz":
            return HttpResponse("ok", content_type="text/plain")
        if request.path == "/readyz":
            report = facts.report()
            failed = not report["ready"] or ("deep" in request.GET and report["alarms"])
            return JsonResponse(report, status=503 if failed else 200)
        return get_response(request)

    return middleware


class SecurityPolicy(CSPMiddleware):
    """django-csp's, but all answers without a policy of their own have one that is put together once.

    No page of ours takes a nonce, since none has a script of its own.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Nothing is to be made ready."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if settings.DEBUG or any(name.startswith("_csp") for name in vars(response)):
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, self._shared)
        return response

    @cached_property
    def _shared(self) -> str:
        return build_policy()


def refuse_nul(get_response: Handler) -> Handler:
    """400 for a NUL in the address: no page has one, and Postgres cannot store or compare it."""

    def middleware(request: HttpRequest) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "")
        if "\0" in request.path or "\0" in query or "%00" in query:
            return HttpResponseBadRequest("This address is not one of ours.", content_type="text/plain")
        return get_response(request)

    return middleware


def staff_language(get_response: Handler) -> Handler:
    """The admin, which has no language in its address, speaks the one that was chosen there, else the browser's."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith("/admin/"):
            translation.activate(translation.get_language_from_request(request))
            request.LANGUAGE_CODE = translation.get_language() or settings.LANGUAGE_CODE
        return get_response(request)

    return middleware
