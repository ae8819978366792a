"""Papers for staff: invoices and credit notes to read, packing slips for the chosen orders."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _, gettext_lazy

from orders import documents, services
from orders.models import Invoice, Order
from orders.views.documents import pdf_answer
from shop.money import format_money

from .inlines import ReadOnlyInline

MOST_SLIPS = 200


class PackingSlips(admin.ModelAdmin):
    """The part of the orders' admin that prints."""

    @admin.action(description=gettext_lazy("Packing slips for the chosen orders"), permissions=["view"])
    def packing_slips(self, request: HttpRequest, orders: QuerySet[Order]) -> HttpResponse | None:
        if orders.count() > MOST_SLIPS:
            messages.error(request, _("Choose at most %d orders at a time.") % MOST_SLIPS)
            return None
        to_pack = services.to_pack(orders)
        left_out = orders.exclude(pk__in=to_pack.values("pk")).order_by("created").values_list("number", flat=True)
        if left_out:
            messages.warning(request, _("Left out, as there is nothing to send now: %s.") % ", ".join(left_out))
        in_order = list(to_pack.order_by("created").prefetch_related("line_items"))
        if not in_order:
            return None
        headers = {"Content-Disposition": 'inline; filename="packing-slips.pdf"'}
        return HttpResponse(documents.packing_slips(in_order), content_type="application/pdf", headers=headers)


class InvoiceInline(ReadOnlyInline):
    model = Invoice
    fields = ["paper", "kind", "issued_on", "amount"]
    readonly_fields = ["paper", "amount"]
    verbose_name_plural = gettext_lazy("papers")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invoice]:
        return super().get_queryset(request).defer("content")

    @admin.display(description=gettext_lazy("number"))
    def paper(self, invoice: Invoice) -> str:
        return paper_link(invoice)

    @admin.display(description=gettext_lazy("total"))
    def amount(self, invoice: Invoice) -> str:
        return format_money(invoice.total, invoice.currency)


def paper_link(invoice: Invoice) -> str:
    """The number of a paper, as a link to its PDF."""
    return format_html('<a href="{}">{}</a>', reverse("admin:orders_invoice_pdf", args=[invoice.pk]), invoice.number)


@admin.register(Invoice)
class InvoiceAdmin(admin.ModelAdmin):
    list_display = ["number", "kind", "order", "issued_on", "amount", "paper"]
    list_filter = ["kind", "issued_on"]
    list_select_related = ["order"]
    date_hierarchy = "issued_on"
    search_fields = ["number", "order__number", "order__email"]
    fields = ["number", "kind", "order", "corrects", "issued_on", "amount", "paper"]
    readonly_fields = ["amount", "paper"]

    def get_urls(self) -> list[URLPattern]:
        pdf = path("<int:pk>/pdf/", self.admin_site.admin_view(self.pdf), name="orders_invoice_pdf")
        return [pdf, *super().get_urls()]

    def pdf(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The paper itself; needs the permission to view invoices."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return pdf_answer(get_object_or_404(Invoice, pk=pk))

    @admin.display(description=gettext_lazy("total"), ordering="total")
    def amount(self, invoice: Invoice) -> str:
        return format_money(invoice.total, invoice.currency)

    @admin.display(description="PDF")
    def paper(self, invoice: Invoice) -> str:
        return paper_link(invoice)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Invoice | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Invoice | None = None) -> bool:
        return False
