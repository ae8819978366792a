"""What is answered when something failed that no view expected."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error as something_is_wrong

RETRY_SECONDS = "5"


def server_error(request: HttpRequest) -> HttpResponse:
    """503, to be tried again, where the database is away or somebody holds a lock for too long; 500 for the rest."""
    problem = sys.exc_info()[1]
    if isinstance(problem, OperationalError | InterfaceError):
        page = render_to_string("503.html")
        return HttpResponse(page, status=503, headers={"Retry-After": RETRY_SECONDS, "Cache-Control": "no-store"})
    return something_is_wrong(request)
