"""Finding an order again: by number and email, or by the link of a mail."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from background.limits import too_many
from background.visitors import visitor_of
from orders import links, lookups
from orders.forms import LookupForm


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def order_lookup(request: HttpRequest) -> HttpResponse:
    """The form; a valid one is answered the same way whether there is such an order or not."""
    form = LookupForm(request.POST or None)
    if not form.is_valid():
        return render(request, "orders/lookup.html", {"form": form}, status=422 if form.errors else 200)
    try:
        lookups.ask(form.cleaned_data["number"], form.cleaned_data["email"], visitor=visitor_of(request))
    except lookups.TooManyLookups:
        return too_many(request, int(lookups.WINDOW.total_seconds()))
    messages.success(
        request,
        _("If there is such an order, its link is on its way to %s.") % form.cleaned_data["email"],
    )
    return redirect("orders:order_lookup")


@never_cache
@require_safe
def order_link(request: HttpRequest, signed: str) -> HttpResponse:
    """From a mail to the order's page; an expired link leads to the form that sends a new one, a forged one nowhere."""
    try:
        order = links.order_of(signed)
    except links.LinkExpired:
        messages.info(request, _("This link has expired. Ask for a new one here; it comes by mail."))
        return redirect("orders:order_lookup")
    if order is None:
        raise Http404
    return redirect(order)
