"""The reports of the days, for staff to read and to ask for anew."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from backoffice.models import DayReport


@admin.register(DayReport)
class DayReportAdmin(admin.ModelAdmin):
    list_display = ["day", "progress"]
    list_select_related = ["run"]
    date_hierarchy = "day"
    fields = ["day", "progress", "figures_shown"]
    readonly_fields = ["progress", "figures_shown"]

    @admin.display(description=_("progress"))
    def progress(self, report: DayReport) -> str:
        run = report.run
        steps = f" ({run.steps_done}/{run.steps})" if run.steps and not run.is_over else ""
        return f"{run.get_state_display()}{steps} {run.words}".strip()

    @admin.display(description=_("figures"))
    def figures_shown(self, report: DayReport) -> str:
        return render_to_string("admin/backoffice/dayreport/_figures.html", {"figures": report.figures or {}})

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
