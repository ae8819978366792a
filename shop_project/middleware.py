"""Answers liveness and readiness before any host, HTTPS or session check."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse

from background import health as facts


def health(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """`/healthz`: this process answers. `/readyz`: 503 only without database or migrations; the rest is reported.

    `/readyz?deep` answers 503 on any alarm, for monitors.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return HttpResponse("ok", content_type="text/plain")
        if request.path == "/readyz":
            report = facts.report()
            failed = not report["ready"] or ("deep" in request.GET and report["alarms"])
            return JsonResponse(report, status=503 if failed else 200)
        return get_response(request)

    return middleware
