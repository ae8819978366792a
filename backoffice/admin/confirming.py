"""Pages of the admin that ask for the second factor again, unless it was shown within the last minutes."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from backoffice.signin import gate


class ConfirmedMixin:
    """For rows that open doors: each page of them asks, and each action on their list."""

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        ask = gate.confirmation(request) if request.method == "POST" else None
        return ask or super().changelist_view(request, *args, **kwargs)  # type: ignore[misc]

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return gate.confirmation(request) or super().changeform_view(request, *args, **kwargs)  # type: ignore[misc]

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return gate.confirmation(request) or super().delete_view(request, *args, **kwargs)  # type: ignore[misc]
