"""What the reconciler found, for staff to read."""

from django.contrib import admin
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy

from payment.models import ReconcileReport

from .rows import ReadOnly


@admin.register(ReconcileReport)
class ReconcileReportAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["started", "since", "finished", "is_clean", "repaired_count", "unexplained_count", "last_error"]
    date_hierarchy = "started"
    fields = [
        "is_clean",
        "since",
        "started",
        "finished",
        "last_error",
        "balance_table",
        "unexplained_list",
        "repaired_list",
    ]
    readonly_fields = ["is_clean", "balance_table", "unexplained_list", "repaired_list"]

    @admin.display(description=gettext_lazy("clean"), boolean=True)
    def is_clean(self, report: ReconcileReport) -> bool:
        return report.is_clean

    @admin.display(description=gettext_lazy("balance"))
    def balance_table(self, report: ReconcileReport) -> str:
        return render_to_string("admin/payment/reconcilereport/_balance.html", {"balance": report.balance})

    @admin.display(description=gettext_lazy("unexplained"))
    def unexplained_list(self, report: ReconcileReport) -> str:
        return self._list(report.unexplained, report.unexplained_count)

    @admin.display(description=gettext_lazy("repaired"))
    def repaired_list(self, report: ReconcileReport) -> str:
        return self._list(report.repaired, report.repaired_count)

    def _list(self, findings: list[dict[str, str]], count: int) -> str:
        context = {"findings": findings, "left_out": count - len(findings)}
        return render_to_string("admin/payment/reconcilereport/_findings.html", context)
