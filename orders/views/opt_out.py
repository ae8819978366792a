"""The end of reminders: a page with a button for people, and one POST for mail programs (RFC 8058)."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from orders import links
from orders.models import MailOptOut


@csrf_exempt  # a mail program brings no cookie; the signed link says whose mailbox it is
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def opt_out(request: HttpRequest, signed: str) -> HttpResponse:
    """Looking at the page changes nothing, since programs that check links look too. A second POST changes nothing."""
    email = links.opted_out(signed)
    if not email:
        raise Http404
    if request.method == "POST":
        MailOptOut.objects.get_or_create(email=email)
    done = MailOptOut.objects.filter(email=email).exists()
    return render(request, "orders/opt_out.html", {"email": email, "done": done})
