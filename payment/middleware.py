"""Stripe's deliveries are answered early: nothing that serves people is of use to them."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import resolve, reverse

Handler = Callable[[HttpRequest], HttpResponse]


def webhook(get_response: Handler) -> Handler:
    """Answer the webhook's address without sessions, languages, compression, and so on; Stripe waits for the answer.

    It stands behind the check for HTTPS, and checks the host as CommonMiddleware would.
    """
    address = reverse("stripe_webhook")
    match = resolve(address)

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path_info != address:
            return get_response(request)
        request.get_host()  # raises DisallowedHost, which is answered with a 400
        request.resolver_match = match
        response: HttpResponse = match.func(request)
        return response

    return middleware
