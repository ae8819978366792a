"""Reports in the admin: ask for one, watch it being made, download it."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _, gettext_lazy

from background.models import TaskRun
from backoffice import reports
from backoffice.models import Report

LONGEST = timedelta(days=3660)
TYPES = {
    Report.Format.CSV: "text/csv; charset=utf-8",
    Report.Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
PERSONAL = {Report.Kind.CUSTOMERS, Report.Kind.REFUNDS}  # they tell who bought


class Day(forms.DateInput):
    """The browser's own calendar."""

    input_type = "date"

    def __init__(self, attrs: Any = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class ReportForm(forms.ModelForm):
    """What is asked for: the last month, unless somebody says otherwise."""

    class Meta:
        model = Report
        fields = ["kind", "first_day", "last_day", "format"]
        widgets = {"first_day": Day, "last_day": Day}
        help_texts = {
            "kind": gettext_lazy("The stock value is that of now, whatever the days."),
            "last_day": gettext_lazy("It is included. Days are those of the shop’s time zone."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "last_day" in self.fields:
            last_of_month = timezone.localdate().replace(day=1) - timedelta(days=1)
            self.fields["first_day"].initial = last_of_month.replace(day=1)
            self.fields["last_day"].initial = last_of_month

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("The last day lies before the first."))
        elif first and last and last - first > LONGEST:
            self.add_error("last_day", _("At most ten years fit into a report."))
        return cleaned


@admin.register(Report)
class ReportAdmin(admin.ModelAdmin):
    """A report is asked for once and never changed; who may see customers' data is asked for with the permission to."""

    form = ReportForm
    list_display = ["__str__", "format", "created_by", "created", "progress", "file"]
    list_filter = ["kind"]
    list_select_related = ["run"]
    fields = ["kind", ("first_day", "last_day"), "format"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.download)
        return [path("<int:pk>/download/", view, name="backoffice_report_download"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Report]:
        """Those that this member of staff may see."""
        found = super().get_queryset(request)
        return found if request.user.has_perm("orders.view_order") else found.exclude(kind__in=PERSONAL)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        kind = form.base_fields.get("kind")
        if isinstance(kind, forms.TypedChoiceField) and not request.user.has_perm("orders.view_order"):
            kind.choices = [choice for choice in Report.Kind.choices if choice[0] not in PERSONAL]
        return form

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """One button: what was asked for has a page of its own."""
        one = {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().add_view(request, form_url, {**(extra_context or {}), **one})

    def save_model(self, request: HttpRequest, obj: Report, form: Any, change: bool) -> None:
        reports.ask(obj, actor=request.user.get_username())

    def response_add(self, request: HttpRequest, obj: Report, post_url_continue: str | None = None) -> HttpResponse:
        return redirect("admin:backoffice_report_change", obj.pk)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """How far it is, and then its file. js/task-run.js asks for that part again until it is over."""
        report = self.get_object(request, object_id)
        if report is None:
            raise Http404
        if not self.has_view_permission(request, report):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(report),
            "report": report,
            "run": report.run,
            "expires": reports.expires(report),
            "may_delete": self.has_delete_permission(request, report),
        }
        page = "_progress.html" if request.headers.get("HX-Request") else "report.html"
        return render(request, f"admin/backoffice/report/{page}", context)

    def download(self, request: HttpRequest, pk: int) -> StreamingHttpResponse:
        """The file; needs the permission to view reports, and for customers' data that to view orders.

        As every page of the admin it is kept by no cache.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        report = get_object_or_404(self.get_queryset(request), pk=pk, size__isnull=False)
        self.log_change(request, report, "Downloaded")
        headers = {"Content-Disposition": f'attachment; filename="{report.file_name}"'}
        content_type = TYPES[Report.Format(report.format)]
        return StreamingHttpResponse(reports.content(report), content_type=content_type, headers=headers)

    @admin.display(description=gettext_lazy("progress"))
    def progress(self, report: Report) -> str:
        run: TaskRun = report.run
        steps = f" ({run.steps_done}/{run.steps})" if run.steps and not run.is_over else ""
        return f"{run.get_state_display()}{steps}"

    @admin.display(description=gettext_lazy("file"))
    def file(self, report: Report) -> str:
        if report.size is None:
            return "–"
        url = reverse("admin:backoffice_report_download", args=[report.pk])
        return format_html('<a href="{}">{}</a>', url, _("Download"))

    def delete_model(self, request: HttpRequest, obj: Report) -> None:
        reports.remove(Report.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Report]) -> None:
        reports.remove(queryset)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
