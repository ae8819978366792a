"""The contact page, and the page that tells what became of a message."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from background.limits import too_many
from background.visitors import visitor_of

from . import services
from .forms import MessageForm
from .models import Message


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest) -> HttpResponse:
    """The form; a message leads to its own page."""
    form = MessageForm(request.POST or None)
    if not form.is_valid():
        return render(request, "messager/write.html", {"form": form}, status=422 if form.errors else 200)
    try:
        message = services.write(**form.cleaned_data, language=get_language() or "en", visitor=visitor_of(request))
    except services.TooManyMessages:
        return too_many(request, int(services.WINDOW.total_seconds()))
    return redirect("messager:message", message.run.token)


@never_cache
@require_safe
def message(request: HttpRequest, token: str) -> HttpResponse:
    """What became of the message whose token the address carries; 404 for any other."""
    found = get_object_or_404(Message.objects.select_related("run"), run__token=token)
    template = "background/_run.html" if request.headers.get("HX-Request") else "messager/message.html"
    return render(request, template, {"run": found.run})
