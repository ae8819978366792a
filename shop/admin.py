"""The catalogue as staff keep it. Prices change through shop/prices.py, stock through shop/stock.py."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Min, Model, QuerySet, Sum
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import get_language, gettext, gettext_lazy as _

from . import prices, search, stock
from .models import Attribute, AttributeValue, Category, Product, ProductImage, StockMovement, Variant
from .money import format_money, round_money

LARGEST_ADJUSTMENT = 1_000_000  # a slip of the finger beyond; and what every database can hold


class VariantForm(forms.ModelForm):
    """A variant's own fields, and a delivery or a count that goes into the stock ledger."""

    adjust_by = forms.IntegerField(
        label=_("Adjust stock by"),
        required=False,
        min_value=-LARGEST_ADJUSTMENT,
        max_value=LARGEST_ADJUSTMENT,
        help_text=_("12 for a delivery, -1 for a broken bottle."),
    )
    reason = forms.CharField(label=_("Because"), required=False, max_length=60)
    actor = ""  # who is at the form; the admin fills it in
    refused = False  # an order came between the check and the ledger

    class Meta:
        model = Variant
        fields = ["sku", "label", "price", "cost", "weight", "volume", "position"]

    def clean_price(self) -> Any:
        price = self.cleaned_data["price"]
        if price != round_money(price, settings.SHOP_CURRENCY):
            raise forms.ValidationError(_("Such a fraction cannot be charged."))
        return price

    def clean_adjust_by(self) -> int:
        units = self.cleaned_data["adjust_by"] or 0
        if self.instance.on_hand + units < self.instance.reserved:
            raise forms.ValidationError(_("Fewer would be left than are promised to orders."))
        return units

    def save(self, commit: bool = True) -> Variant:
        """Write the fields that were changed and no others: orders move the counters at the same time."""
        variant: Variant = self.instance
        price = variant.price
        if variant.pk is None:
            variant.save()
        else:
            variant.save(update_fields=set(self.changed_data) & set(VariantForm.Meta.fields) - {"price"})
        prices.set_price(variant.pk, price)
        if units := self.cleaned_data["adjust_by"]:
            reason = self.cleaned_data["reason"] or gettext("counted")
            try:
                stock.adjust(variant.pk, units, reference=reason, actor=self.actor)
            except stock.OutOfStock:
                self.refused = True
        return variant


class VariantInline(admin.StackedInline):
    model = Variant
    form = VariantForm
    extra = 0
    fields = [
        ("sku", "label", "position"),
        ("price", "cost"),
        ("weight", "volume"),
        ("on_hand", "reserved", "available"),
        ("adjust_by", "reason"),
    ]
    readonly_fields = ["on_hand", "reserved", "available"]


class ProductImageInline(admin.TabularInline):
    model = ProductImage
    extra = 0
    fields = ["preview", "file", "alt", "position"]
    readonly_fields = ["preview"]

    @admin.display(description=_("Preview"))
    def preview(self, image: ProductImage) -> str:
        return format_html('<img src="{}" alt="" width="64" height="80">', image.file.url) if image.file else ""


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):
    list_display = ["name", "category", "price", "available", "published"]
    list_filter = ["published", "category"]
    list_select_related = ["category"]
    search_fields = ["name", "variants__sku", "search_text"]
    prepopulated_fields = {"slug": ["name"]}
    autocomplete_fields = ["category", "attribute_values"]
    readonly_fields = ["created", "updated", "created_by"]
    inlines = [VariantInline, ProductImageInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        products = super().get_queryset(request)
        return products.annotate(lowest=Min("variants__price"), units=Sum("variants__available"))

    @admin.display(description=_("Price from"), ordering="lowest")
    def price(self, product: Any) -> str:
        if product.lowest is None:
            return "–"
        return format_money(product.lowest, settings.SHOP_CURRENCY, get_language() or "en")

    @admin.display(description=_("Available"), ordering="units")
    def available(self, product: Any) -> int:
        return product.units or 0

    def save_model(self, request: HttpRequest, obj: Product, form: forms.ModelForm, change: bool) -> None:
        if not change:
            obj.created_by = request.user  # type: ignore[assignment]  # the admin is for people who are logged in
        super().save_model(request, obj, form, change)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for row in formset.forms:
            row.actor = request.user.get_username()
        super().save_formset(request, form, formset, change)
        for row in formset.forms:
            if getattr(row, "refused", False):
                text = _("The stock of %(variant)s was not adjusted: an order has just been promised its units.")
                messages.error(request, text % {"variant": row.instance})

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        search.index(Product.objects.filter(pk=form.instance.pk))

    def get_deleted_objects(self, objs: Iterable[Model], request: HttpRequest) -> Any:
        """A product that was never sold may go with its ledger, though nobody may delete from the ledger alone."""
        to_delete, counts, missing, protected = super().get_deleted_objects(objs, request)  # type: ignore[arg-type]
        return to_delete, counts, set(missing) - {StockMovement._meta.verbose_name}, protected


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):
    list_display = ["name", "parent", "position"]
    list_select_related = ["parent"]
    search_fields = ["name"]
    prepopulated_fields = {"slug": ["name"]}
    autocomplete_fields = ["parent"]

    def save_model(self, request: HttpRequest, obj: Category, form: forms.ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "name" in form.changed_data:
            search.index(Product.objects.filter(category=obj))


class AttributeValueInline(admin.TabularInline):
    model = AttributeValue
    extra = 0
    fields = ["name", "slug", "parent", "position"]
    prepopulated_fields = {"slug": ["name"]}
    autocomplete_fields = ["parent"]


@admin.register(Attribute)
class AttributeAdmin(admin.ModelAdmin):
    list_display = ["name", "slug", "is_filter", "position"]
    search_fields = ["name"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [AttributeValueInline]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if any(formset.has_changed() for formset in formsets):
            search.index(Product.objects.filter(attribute_values__attribute=form.instance).distinct())


@admin.register(AttributeValue)
class AttributeValueAdmin(admin.ModelAdmin):
    """Where products find their values; the values themselves are kept on their attribute's page."""

    list_display = ["name", "attribute", "parent"]
    list_filter = ["attribute"]
    list_select_related = ["attribute", "parent"]
    search_fields = ["name", "attribute__name"]
    autocomplete_fields = ["attribute", "parent"]
    prepopulated_fields = {"slug": ["name"]}

    def save_model(self, request: HttpRequest, obj: AttributeValue, form: forms.ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "name" in form.changed_data:
            search.index(Product.objects.filter(attribute_values=obj))


@admin.register(StockMovement)
class StockMovementAdmin(admin.ModelAdmin):
    """The ledger, to read."""

    list_display = ["at", "variant", "kind", "on_hand", "reserved", "reference", "actor"]
    list_filter = ["kind"]
    list_select_related = ["variant__product"]
    search_fields = ["variant__sku", "variant__product__name", "reference"]
    date_hierarchy = "at"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
