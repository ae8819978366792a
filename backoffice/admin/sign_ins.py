"""The log of sign-ins in the admin, to read and to search. And the log of changes that staff made there."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from backoffice.models import SignInEvent

# Nobody reads the secrets of others' second factors, and addresses stand with the accounts.
admin.site.unregister([Authenticator, EmailAddress])


class ReadOnlyAdmin(admin.ModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(SignInEvent)
class SignInEventAdmin(ReadOnlyAdmin):
    list_display = ["at", "name", "kind", "about", "address", "browser"]
    list_filter = ["kind", "at"]
    date_hierarchy = "at"
    search_fields = ["name", "address", "about"]
    fields = ["at", "account", "name", "kind", "about", "address", "browser"]
    list_select_related = ["account"]


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    list_display = ["action_time", "user", "content_type", "object_repr", "what"]
    list_filter = ["action_flag", "action_time", "content_type"]
    date_hierarchy = "action_time"
    search_fields = ["object_repr", "change_message", "user__username"]
    fields = ["action_time", "user", "content_type", "object_repr", "what"]
    list_select_related = ["user", "content_type"]

    @admin.display(description=_("what"))
    def what(self, entry: LogEntry) -> str:
        return entry.get_change_message() or entry.get_action_flag_display()

    def get_queryset(self, request: HttpRequest) -> QuerySet[LogEntry]:
        return super().get_queryset(request).order_by("-action_time", "-pk")
