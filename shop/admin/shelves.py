"""Categories, attributes and their values in the admin."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from shop import listings, profile, search, slugs
from shop.models import Attribute, AttributeValue, Category, Product


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):
    list_display = ["name", "parent", "position"]
    list_select_related = ["parent"]
    search_fields = ["name"]
    prepopulated_fields = {"slug": ["name"]}
    autocomplete_fields = ["parent"]

    def save_model(self, request: HttpRequest, obj: Category, form: forms.ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        profile.forget_on_commit()
        if change and "slug" in form.changed_data:
            slugs.note_old(obj, form.initial["slug"])
        if "name" in form.changed_data:
            search.index(Product.objects.filter(category=obj))
        if "parent" in form.changed_data:
            listings.refresh_later(Product.objects.filter(listings__place=listings.of_shelf(obj.pk)))


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
        for row in (row for formset in formsets for row in formset.forms if "parent" in row.changed_data):
            listings.refresh_later(Product.objects.filter(listings__place=listings.of_value(row.instance.pk)))


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
        if "parent" in form.changed_data:
            listings.refresh_later(Product.objects.filter(listings__place=listings.of_value(obj.pk)))
