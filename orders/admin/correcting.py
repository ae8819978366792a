"""Staff correct an order's address and leave notes, each on a page with a permission, and in the order's history."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from orders import services, transitions
from orders.forms import CorrectionForm, NoteForm
from orders.models import Order


class Correcting(admin.ModelAdmin):
    """The part of the orders' admin that writes what people said."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/correct/", view(self.correct), name="orders_order_correct"),
            path("<int:pk>/note/", view(self.note), name="orders_order_note"),
            *super().get_urls(),
        ]

    def correct(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Put email and address right before anything is shipped; needs the permission to change orders."""
        order = self._order(request, pk)
        form = CorrectionForm(request.POST if request.method == "POST" else None, order=order)
        if form.is_valid() and self._corrected(request, order, form):
            return redirect("admin:orders_order_change", pk)
        return self._page(
            request,
            "correct",
            order,
            form,
            title=_("Correct order %s") % order,
            why_not=services.why_not_to_correct(order),
        )

    def _corrected(self, request: HttpRequest, order: Order, form: CorrectionForm) -> bool:
        try:
            with transaction.atomic():
                locked = transitions.lock(order.pk)
                changed = services.correct(locked, form.correction, actor=request.user.get_username())
        except services.CannotCorrect as error:
            form.add_error(None, str(error))
            return False
        if changed:
            self.log_change(request, order, f"Corrected: {', '.join(changed)}")
            messages.success(request, _("The address is corrected."))
        else:
            messages.info(request, _("Nothing was changed."))
        return True

    def note(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Leave a note in the order's history; needs the permission to change orders."""
        order = self._order(request, pk)
        form = NoteForm(request.POST or None)
        if form.is_valid():
            with transaction.atomic():
                locked = transitions.lock(order.pk)
                services.leave_note(locked, form.cleaned_data["text"], actor=request.user.get_username())
            messages.success(request, _("The note stands in the history."))
            return redirect("admin:orders_order_change", pk)
        return self._page(request, "note", order, form, title=_("Note on order %s") % order)

    def _order(self, request: HttpRequest, pk: int) -> Order:
        if not request.user.has_perm("orders.change_order"):
            raise PermissionDenied
        return get_object_or_404(Order, pk=pk)

    def _page(self, request: HttpRequest, page: str, order: Order, form: object, **more: object) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "order": order, "form": form, **more}
        return render(request, f"admin/orders/order/{page}.html", context)
