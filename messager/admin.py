"""Messages for staff to read, and to let be passed on again."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _, gettext_lazy

from . import services
from .models import Message


@admin.register(Message)
class MessageAdmin(admin.ModelAdmin):
    list_display = ["created", "reference", "name", "email", "state", "attempts", "last_error"]
    list_filter = ["state"]
    search_fields = ["email", "name", "text"]
    date_hierarchy = "created"
    actions = ["pass_on_again"]

    @admin.action(description=gettext_lazy("Pass the chosen messages on again"), permissions=["replay"])
    def pass_on_again(self, request: HttpRequest, chosen: QuerySet[Message]) -> None:
        for message in chosen:
            services.replay(message)
        messages.success(request, _("%d messages are being passed on again.") % len(chosen))

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("messager.change_message")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
