"""Keys of other programs for staff: made with their secret shown once, renewed, revoked; never deleted."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _, gettext_lazy

from backoffice.api import keys
from backoffice.models import ApiKey
from backoffice.signin import gate

from .confirming import ConfirmedMixin


class ApiKeyForm(forms.ModelForm):
    def clean_custom_amount(self) -> bool:
        """Without the right to make orders it would allow nothing."""
        allowed: bool = self.cleaned_data["custom_amount"]
        if allowed and not self.cleaned_data.get("create_order"):
            raise forms.ValidationError(_("This needs the right to make orders, too."))
        return allowed


@admin.register(ApiKey)
class ApiKeyAdmin(ConfirmedMixin, admin.ModelAdmin):
    form = ApiKeyForm
    list_display = ["name", "prefix", "create_order", "custom_amount", "requests_per_minute", "last_used_at", "valid"]
    list_filter = ["create_order", "custom_amount"]
    search_fields = ["name", "prefix"]
    fields = [
        "name", "create_order", "custom_amount", "requests_per_minute",
        "prefix", "made_by", "created", "last_used_at", "revoked_at",
    ]  # fmt: skip
    readonly_fields = ["prefix", "made_by", "created", "last_used_at", "revoked_at"]

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> Any:
        return self.fields if obj else [name for name in self.fields or [] if name not in self.readonly_fields]

    @admin.display(description=gettext_lazy("valid"), boolean=True)
    def valid(self, key: ApiKey) -> bool:
        return key.revoked_at is None

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/renew/", view(gate.confirmed(self.renew)), name="backoffice_apikey_renew"),
            path("<int:pk>/revoke/", view(gate.confirmed(self.revoke)), name="backoffice_apikey_revoke"),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """With one button: whatever was pressed, the page that shows the secret comes next."""
        one_button = {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().add_view(request, form_url, (extra_context or {}) | one_button)

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        """Only what was changed is written: use and revocation are noted at the same moment."""
        if change:
            obj.save(update_fields=form.changed_data)
            return
        obj.made_by_id = request.user.pk
        request.secret = keys.give_secret(obj)  # type: ignore[attr-defined]
        obj.save()

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        return self._show(request, obj, request.secret)  # type: ignore[attr-defined]

    def renew(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Another secret for the same program, once asked whether that is meant."""
        key = self._changeable(request, pk)
        if request.method != "POST":
            words = _("The program that uses it is shut out until it has the new one.")
            return self._ask(request, key, _("Renew the key of %s?") % key, words)
        secret = keys.renew(key)
        self.log_change(request, key, "Renewed")
        return self._show(request, key, secret)

    def revoke(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Shut a program out, once asked whether that is meant."""
        key = self._changeable(request, pk)
        if request.method != "POST":
            words = _("The program that uses it is shut out for good. Its orders stay.")
            return self._ask(request, key, _("Revoke the key of %s?") % key, words)
        if keys.revoke(key):
            self.log_change(request, key, "Revoked")
        messages.success(request, _("The key is revoked."))
        return redirect("admin:backoffice_apikey_changelist")

    def _changeable(self, request: HttpRequest, pk: int) -> ApiKey:
        if not self.has_change_permission(request):
            raise PermissionDenied
        return get_object_or_404(ApiKey, pk=pk, revoked_at=None)

    def _ask(self, request: HttpRequest, key: ApiKey, title: str, words: str) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "title": title, "key": key, "words": words}
        return render(request, "admin/backoffice/apikey/ask.html", context)

    def _show(self, request: HttpRequest, key: ApiKey, secret: str) -> HttpResponse:
        """In the answer itself: neither a session nor a message keeps the secret."""
        context = {**self.admin_site.each_context(request), "title": _("The key of %s") % key, "secret": secret}
        return render(request, "admin/backoffice/apikey/shown.html", context)
