"""Products in the admin, with their variants and pictures."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Min, Model, QuerySet, Sum
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _, ngettext

from shop import images, search, slugs
from shop.duplicating import duplicate
from shop.models import PriceChange, Product, ProductImage, StockMovement, Variant
from shop.money import format_money

from . import bulk
from .imports import csv_response
from .pictures import ProductImageInline
from .variants import VariantInline

LEDGERS = {StockMovement._meta.verbose_name, PriceChange._meta.verbose_name}
MOST_COPIES = 50  # of one click


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):
    list_display = ["name", "category", "price", "available", "published"]
    list_filter = ["published", "category", "images__state"]
    list_select_related = ["category"]
    search_fields = ["name", "variants__sku", "search_text"]
    prepopulated_fields = {"slug": ["name"]}
    autocomplete_fields = ["category", "attribute_values"]
    readonly_fields = ["created", "updated", "created_by"]
    inlines = [VariantInline, ProductImageInline]
    actions = ["change_prices_and_stock", "duplicate", "export", "render_again"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        products = super().get_queryset(request)
        return products.annotate(lowest=Min("variants__price"), units=Sum("variants__available"))

    def get_urls(self) -> list[URLPattern]:
        bulk_page = path("bulk/", self.admin_site.admin_view(self.bulk), name="shop_product_bulk")
        return [bulk_page, *super().get_urls()]

    def bulk(self, request: HttpRequest) -> HttpResponse:
        """Prices and stock of many variants: it begins with an action of the list."""
        if request.method != "POST":
            return redirect("admin:shop_product_changelist")
        return bulk.page(self, request)

    @admin.action(description=_("Change prices and stock…"), permissions=["change"])
    def change_prices_and_stock(self, request: HttpRequest, products: QuerySet[Product]) -> HttpResponse:
        return bulk.page(self, request, chosen=",".join(map(str, products.values_list("pk", flat=True))))

    @admin.action(description=_("Duplicate"), permissions=["add"])
    def duplicate(self, request: HttpRequest, products: QuerySet[Product]) -> None:
        for product in products[:MOST_COPIES]:
            self._duplicate(request, product)

    @admin.action(description=_("Export as CSV"), permissions=["view"])
    def export(self, request: HttpRequest, products: QuerySet[Product]) -> StreamingHttpResponse:
        return csv_response(Variant.objects.filter(product__in=list(products.values_list("pk", flat=True))))

    @admin.action(description=_("Render pictures again that were given up"), permissions=["change"])
    def render_again(self, request: HttpRequest, products: QuerySet[Product]) -> None:
        chosen = products.values_list("pk", flat=True)
        given_up = list(ProductImage.objects.filter(product__in=list(chosen), state=ProductImage.State.PARKED))
        for image in given_up:
            images.render_anew(image)
        told = ngettext("%(count)d picture is rendered again.", "%(count)d pictures are rendered again.", len(given_up))
        messages.success(request, told % {"count": len(given_up)})

    def response_change(self, request: HttpRequest, obj: Product) -> HttpResponse:
        if "_duplicate" in request.POST and self.has_add_permission(request):
            return redirect("admin:shop_product_change", self._duplicate(request, obj).pk)
        return super().response_change(request, obj)

    def _duplicate(self, request: HttpRequest, product: Product) -> Product:
        copy = duplicate(product, created_by=request.user)
        self.log_addition(request, copy, f"Copied from {product.slug}.")
        messages.success(request, _("“%(name)s” was made. It is not published yet.") % {"name": copy})
        return copy

    @admin.display(description=_("Price from"), ordering="lowest")
    def price(self, product: Any) -> str:
        if product.lowest is None:
            return "–"
        return format_money(product.lowest, settings.SHOP_CURRENCY)

    @admin.display(description=_("Available"), ordering="units")
    def available(self, product: Any) -> int:
        return product.units or 0

    def save_model(self, request: HttpRequest, obj: Product, form: forms.ModelForm, change: bool) -> None:
        if not change:
            obj.created_by = request.user  # type: ignore[assignment]  # the admin is for people who are logged in
        super().save_model(request, obj, form, change)
        if change and "slug" in form.changed_data:
            slugs.note_old(obj, form.initial["slug"])

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for row in formset.forms:
            row.actor = request.user.get_username()
        super().save_formset(request, form, formset, change)
        for row in formset.forms:
            if getattr(row, "refused", False):
                text = _("The stock of %(variant)s was not adjusted: an order has just been promised its units.")
                messages.error(request, text % {"variant": row.instance})
        images.remove_files_on_commit(row for row in formset.deleted_objects if isinstance(row, ProductImage))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        search.index(Product.objects.filter(pk=form.instance.pk))

    def delete_model(self, request: HttpRequest, obj: Product) -> None:
        self.delete_queryset(request, Product.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        """With the products go the files of their pictures."""
        with transaction.atomic():
            pictures = list(ProductImage.objects.filter(product__in=queryset))
            queryset.delete()
            images.remove_files_on_commit(pictures)

    def get_deleted_objects(self, objs: Iterable[Model], request: HttpRequest) -> Any:
        """A product that was never sold may go with its ledger, though nobody may delete from the ledger alone."""
        to_delete, counts, missing, protected = super().get_deleted_objects(objs, request)  # type: ignore[arg-type]
        return to_delete, counts, set(missing) - LEDGERS, protected
