"""What staff see of the machinery: dead letters, which they can let be worked on again, and watched work."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _, gettext_lazy

from . import dead_letters
from .models import DeadLetter, TaskRun


class ReadOnly:
    """Rows that only the machinery writes."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(DeadLetter)
class DeadLetterAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["last_at", "task", "arguments", "state", "deaths", "reason"]
    list_filter = ["state", "task"]
    actions = ["work_on_again"]

    @admin.action(description=gettext_lazy("Work on the chosen letters again"), permissions=["replay"])
    def work_on_again(self, request: HttpRequest, letters: QuerySet[DeadLetter]) -> None:
        outcomes = [dead_letters.replay(letter) for letter in letters]
        messages.success(request, _("%d letters are being worked on again.") % sum(outcomes))
        if not all(outcomes):
            messages.warning(request, _("%d letters name a task that the shop no longer has.") % outcomes.count(False))

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("background.change_deadletter")


@admin.register(TaskRun)
class TaskRunAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["created", "title", "state", "steps_done", "steps", "words", "finished_at"]
    list_filter = ["state"]
    fields = [
        "created",
        "title",
        "state",
        "steps_done",
        "steps",
        "words",
        "finished_at",
    ]  # not the token: it is the key of who waits
