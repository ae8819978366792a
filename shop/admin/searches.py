"""What shoppers search for in vain, for staff to read and to strike off."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from shop.models import MissedSearch


@admin.register(MissedSearch)
class MissedSearchAdmin(admin.ModelAdmin):
    """Most wanted first. A term that was dealt with can be deleted; it is counted anew when it comes again."""

    list_display = ["term", "times", "last_at"]
    search_fields = ["term"]
    date_hierarchy = "last_at"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
