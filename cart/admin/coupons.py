"""Coupons: edited one by one, made many at once, and handed out as a file of codes."""

import csv
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import PermissionDenied
from django.core.validators import RegexValidator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _, ngettext

from cart import coupons
from cart.models import Coupon, CouponUse
from cart.pricing.words import money, percent

MOST_AT_ONCE = 5000
RULES: list[Any] = [
    (_("What it takes off"), {"fields": ["kind", "value", "category", "product", "stackable"]}),
    (_("When it counts"), {"fields": ["minimum_spend", "minimum_quantity", "valid_from", "valid_until"]}),
    (_("How often"), {"fields": ["first_order_only", "limit", "limit_per_customer"]}),
]


class ManyForm(forms.ModelForm):
    """What many coupons have in common, and how many there shall be."""

    count = forms.IntegerField(label=_("How many"), min_value=1, max_value=MOST_AT_ONCE)
    begins_with = forms.CharField(
        label=_("Begin each code with"),
        max_length=20,
        required=False,
        validators=[RegexValidator(r"\A[A-Z0-9]*\Z", _("Capital letters and digits only."))],
    )

    class Meta:
        model = Coupon
        fields = ["batch", *(name for _title, group in RULES for name in group["fields"])]
        field_classes = {"valid_from": forms.SplitDateTimeField, "valid_until": forms.SplitDateTimeField}
        widgets = {"valid_from": AdminSplitDateTime, "valid_until": AdminSplitDateTime}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.code = "PATTERN"  # each of the many gets one of its own
        self.fields["batch"].required = True
        self.fields["limit"].initial = 1


class CouponUseInline(admin.TabularInline):
    model = CouponUse
    extra = 0
    can_delete = False
    fields = ["reference", "at", "given_back_at"]
    readonly_fields = ["reference", "at", "given_back_at"]

    def has_add_permission(self, request: HttpRequest, obj: Coupon | None = None) -> bool:
        return False


@admin.register(Coupon)
class CouponAdmin(admin.ModelAdmin):
    list_display = ["code", "takes_off", "what_for", "used", "limit", "valid_until", "active", "batch"]
    list_filter = ["active", "kind", "batch"]
    list_select_related = ["category", "product"]
    search_fields = ["code", "batch"]
    readonly_fields = ["used"]
    autocomplete_fields = ["product"]
    inlines = [CouponUseInline]
    actions = ["download", "switch_off"]
    fieldsets = [(None, {"fields": ["code", "batch", "active", "used"]}), *RULES]

    def save_model(self, request: HttpRequest, obj: Coupon, form: Any, change: bool) -> None:
        """Only what was changed is written: orders count `used` at the same moment."""
        obj.save(update_fields=form.changed_data if change else None)

    @admin.display(description=_("takes off"))
    def takes_off(self, coupon: Coupon) -> str:
        return percent(coupon.value) if coupon.kind == Coupon.Kind.PERCENT else money(coupon.value)

    @admin.display(description=_("for"))
    def what_for(self, coupon: Coupon) -> str:
        return str(coupon.product or coupon.category or _("everything"))

    @admin.action(description=_("Download the chosen codes (CSV)"))
    def download(self, request: HttpRequest, chosen: QuerySet[Coupon]) -> HttpResponse:
        """One code a line. Codes are letters and digits, so no spreadsheet takes one for a formula."""
        response = HttpResponse(content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="coupons.csv"'
        writer = csv.writer(response)
        writer.writerow(["code", "used", "limit"])
        writer.writerows(chosen.order_by("code").values_list("code", "used", "limit"))
        return response

    @admin.action(description=_("Switch the chosen coupons off"), permissions=["change"])
    def switch_off(self, request: HttpRequest, chosen: QuerySet[Coupon]) -> None:
        chosen.update(active=False)

    def get_urls(self) -> list[URLPattern]:
        many = path("many/", self.admin_site.admin_view(self.make_many), name="cart_coupon_many")
        return [many, *super().get_urls()]

    def make_many(self, request: HttpRequest) -> HttpResponse:
        """Make coupons that differ only by their random codes; needs the permission to add coupons."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = ManyForm(request.POST or None)
        if form.is_valid():
            made = coupons.make_many(form.instance, form.cleaned_data["count"], prefix=form.cleaned_data["begins_with"])
            for coupon in made[:1]:
                self.log_addition(request, coupon, f"{len(made)} coupons of the batch {coupon.batch}")
            words = ngettext("%d coupon was made.", "%d coupons were made.", len(made))
            messages.success(request, words % len(made))
            query = urlencode({"batch": form.cleaned_data["batch"]})
            return HttpResponseRedirect(f"{reverse('admin:cart_coupon_changelist')}?{query}")
        context = {**self.admin_site.each_context(request), "title": _("Make many coupons"), "form": form}
        return render(request, "admin/cart/coupon/many.html", context | {"media": self.media + form.media})
