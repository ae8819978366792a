"""Mails for staff: whom what was sent, how it reads, and once more."""

from csp.decorators import csp_replace
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.clickjacking import xframe_options_sameorigin

from orders import emails, transitions
from orders.emails.again import send_again
from orders.emails.frame import MAIL_POLICY, framed
from orders.models import OrderEmail

from .inlines import ReadOnlyInline


class OrderEmailInline(ReadOnlyInline):
    model = OrderEmail
    fields = ["preview", "to", "state", "attempts", "sent_at", "last_error"]
    readonly_fields = ["preview"]

    @admin.display(description=gettext_lazy("mail"))
    def preview(self, mail: OrderEmail) -> str:
        return preview_link(mail)


def preview_link(mail: OrderEmail) -> str:
    """The mail's kind, as a link to how it reads."""
    url = reverse("admin:orders_orderemail_preview", args=[mail.pk])
    return format_html('<a href="{}">{}</a>', url, mail.get_kind_display())


@admin.register(OrderEmail)
class OrderEmailAdmin(admin.ModelAdmin):
    list_display = ["created", "preview", "order", "to", "state", "attempts", "sent_at", "last_error"]
    list_filter = ["state", "kind", "created"]
    list_select_related = ["order"]
    list_display_links = None
    search_fields = ["to", "order__number"]
    date_hierarchy = "created"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/preview/", view(self.preview_page), name="orders_orderemail_preview"),
            path("<int:pk>/html/", view(self.html), name="orders_orderemail_html"),
            *super().get_urls(),
        ]

    @admin.display(description=gettext_lazy("mail"), ordering="kind")
    def preview(self, mail: OrderEmail) -> str:
        return preview_link(mail)

    def preview_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        """How the mail reads now. A POST sends it again; that needs the permission to change mails."""
        mail = self._mail(request, pk)
        may_send = request.user.has_perm("orders.change_orderemail")
        if request.method == "POST":
            if not may_send:
                raise PermissionDenied
            self._send_again(request, mail)
            return redirect("admin:orders_orderemail_preview", pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Mail to %s") % mail.to,
            "mail": mail,
            "message": emails.compose(mail),
            "may_send": may_send and mail.state != OrderEmail.State.QUEUED,
        }
        return render(request, "admin/orders/orderemail/preview.html", context)

    def _send_again(self, request: HttpRequest, mail: OrderEmail) -> None:
        with transaction.atomic():
            order = transitions.lock(mail.order_id)
            queued = send_again(order, mail, actor=request.user.get_username())
        if queued:
            self.log_change(request, mail, "Sent again")
            messages.success(request, _("The mail is on its way."))
        else:
            messages.info(request, _("The mail was on its way already."))

    @method_decorator([xframe_options_sameorigin, csp_replace(MAIL_POLICY)])
    def html(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The HTML of the mail, for the frame in its page."""
        message: EmailMultiAlternatives = emails.compose(self._mail(request, pk))
        return HttpResponse(framed(str(message.alternatives[0][0])))

    def _mail(self, request: HttpRequest, pk: int) -> OrderEmail:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return get_object_or_404(OrderEmail.objects.select_related("order"), pk=pk)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: OrderEmail | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: OrderEmail | None = None) -> bool:
        return False
