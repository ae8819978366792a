"""The shop's profile and its legal pages in the admin: one form."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from shop import images, profile
from shop.models import LegalPage, ShopProfile

from .pictures import PICTURES


class LegalPageForm(forms.ModelForm):
    language = forms.ChoiceField(choices=settings.LANGUAGES, initial=settings.LANGUAGE_CODE, label=_("Language"))

    class Meta:
        model = LegalPage
        fields = ["kind", "language", "text"]


class LegalPageInline(admin.StackedInline):
    model = LegalPage
    form = LegalPageForm
    extra = 0
    fields = [("kind", "language"), "text"]


class ShopProfileForm(forms.ModelForm):
    """Whoever opens it has to name the business: invoices and the imprint do."""

    class Meta:
        model = ShopProfile
        exclude: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "legal_name" in self.fields:  # who may only look has no fields
            self.fields["legal_name"].required = True


@admin.register(ShopProfile)
class ShopProfileAdmin(admin.ModelAdmin):
    """There is one profile; the list leads to it."""

    form = ShopProfileForm
    formfield_overrides = PICTURES
    inlines = [LegalPageInline]
    readonly_fields = ["updated"]
    fieldsets = [
        (None, {"fields": ["legal_name", "address", "vat_id", "register"]}),
        (_("Contact"), {"fields": [("email", "phone")]}),
        (_("Bank"), {"fields": ["bank", ("iban", "bic")]}),
        (_("Look"), {"fields": ["logo", "updated"]}),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        ShopProfile.objects.get_or_create(pk=1)
        return redirect("admin:shop_shopprofile_change", 1)

    def save_model(self, request: HttpRequest, obj: ShopProfile, form: forms.ModelForm, change: bool) -> None:
        before = form.initial.get("logo")
        if not obj.logo:
            obj.logo_width = obj.logo_height = 0  # Django writes None, where a logo was taken away
        super().save_model(request, obj, form, change)
        if "logo" in form.changed_data and before:
            images.remove_file_on_commit(before)
        profile.forget_on_commit()
