"""The admin's page for prices and stock of many variants: a rule, a preview, then all of it or nothing."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _, gettext_lazy

from shop import bulk, stock
from shop.models import Product

from .variants import LARGEST_ADJUSTMENT


class BulkForm(forms.Form):
    rule = forms.ChoiceField(label=gettext_lazy("Prices"), choices=bulk.Rule, initial=bulk.Rule.KEEP)
    number = forms.DecimalField(
        label=gettext_lazy("By or to"),
        required=False,
        max_digits=12,
        decimal_places=3,
        help_text=gettext_lazy("-10 with percent makes everything a tenth cheaper."),
    )
    adjust_by = forms.IntegerField(
        label=gettext_lazy("Adjust stock by"),
        required=False,
        min_value=-LARGEST_ADJUSTMENT,
        max_value=LARGEST_ADJUSTMENT,
        help_text=gettext_lazy("Of each variant: 12 for a delivery of twelve."),
    )
    reason = forms.CharField(label=gettext_lazy("Because"), required=False, max_length=60)
    products = forms.RegexField(r"\A[0-9]{1,18}(,[0-9]{1,18})*\Z", widget=forms.HiddenInput)
    shown = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("rule", "keep") != bulk.Rule.KEEP and data.get("number") is None:
            self.add_error("number", _("This needs a number."))
        return data

    @property
    def product_ids(self) -> list[int]:
        return [int(pk) for pk in self.cleaned_data["products"].split(",")]

    def changes(self) -> list[bulk.Change]:
        data = self.cleaned_data
        rule, number = bulk.Rule(data["rule"]), data["number"] or Decimal(0)
        return bulk.changes(self.product_ids, rule=rule, number=number, units=data["adjust_by"] or 0)


def page(model_admin: Any, request: HttpRequest, *, chosen: str = "") -> HttpResponse:
    """Ask for the rule, show what it would do, do it. `chosen` are the ids of products, joined by commas."""
    if not request.user.has_perms(("shop.change_product", "shop.change_variant")):
        raise PermissionDenied
    form = BulkForm(initial={"products": chosen}) if chosen else BulkForm(request.POST)
    changes: list[bulk.Change] = []
    if chosen:
        ids = [int(pk) for pk in chosen.split(",")]
        changes = bulk.changes(ids, rule=bulk.Rule.KEEP, number=Decimal(0), units=0)
    elif form.is_valid():
        changes = form.changes()
        if _can_be(form, changes) and "apply" in request.POST and _applied(model_admin, request, form, changes):
            return redirect("admin:shop_product_changelist")
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "title": _("Change prices and stock"),
        "form": form,
        "changes": changes[: bulk.MOST],
        "previewed": not chosen and form.is_valid(),
        "digest": bulk.digest(changes),
    }
    return render(request, "admin/shop/product/bulk.html", context)


def _can_be(form: BulkForm, changes: list[bulk.Change]) -> bool:
    """Whether the changes can be made; if not, the form says why."""
    if len(changes) > bulk.MOST:
        form.add_error(None, _("Choose fewer products: at most %(most)d variants at once.") % {"most": bulk.MOST})
    elif any(change.problem for change in changes):
        form.add_error(None, _("Some of it cannot be. See the table."))
    return not form.errors


def _applied(model_admin: Any, request: HttpRequest, form: BulkForm, changes: list[bulk.Change]) -> bool:
    actor, reason = request.user.get_username(), form.cleaned_data["reason"] or _("counted")
    try:
        count = bulk.apply(changes, shown=form.cleaned_data["shown"], reason=reason, actor=actor)
    except bulk.Moved:
        form.add_error(None, _("Prices have changed since the preview. Here they are anew."))
        return False
    except stock.OutOfStock:
        form.add_error(None, _("An order has just been promised some of these units. Nothing was changed."))
        return False
    for product in Product.objects.filter(pk__in=form.product_ids):
        model_admin.log_change(request, product, _("Prices and stock changed together with others."))
    messages.success(request, _("%(count)d variants were changed.") % {"count": count})
    return True
