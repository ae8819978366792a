"""Imports in the admin: upload, name the columns, look at what would change, write. And the export."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from shop import importing
from shop.models import CatalogueImport, ImportFinding, VariantQuerySet

NEEDED = ("shop.add_product", "shop.change_product", "shop.change_variant")
FINDINGS = 100  # a page


class UploadForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("CSV file"), max_length=200)


class ColumnsForm(forms.Form):
    """For each heading of the file the column that it means."""

    def __init__(self, *args: Any, headings: list[str], chosen: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("leave out")), *((key, column.label) for key, column in importing.columns().items())]
        self._headings = headings
        for number, heading in enumerate(headings):
            self.fields[f"column_{number}"] = forms.ChoiceField(
                label=heading, choices=choices, initial=chosen.get(heading, ""), required=False, label_suffix=""
            )

    def clean(self) -> dict[str, str]:
        keys = {heading: self.cleaned_data.get(f"column_{n}", "") for n, heading in enumerate(self._headings)}
        mapping = {heading: key for heading, key in keys.items() if key}
        if "sku" not in mapping.values():
            raise forms.ValidationError(_("One column has to be the SKU: it says which variant a line is about."))
        if len(set(mapping.values())) < len(mapping):
            raise forms.ValidationError(_("Two columns cannot mean the same."))
        return {"mapping": mapping}  # type: ignore[dict-item]


@admin.register(CatalogueImport)
class CatalogueImportAdmin(admin.ModelAdmin):
    list_display = ["name", "state", "lines_total", "created_by", "created", "finished"]
    list_filter = ["state"]
    search_fields = ["name", "created_by"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[CatalogueImport]:
        return super().get_queryset(request).defer("content")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and request.user.has_perms(NEEDED)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        working = isinstance(obj, CatalogueImport) and obj.is_working
        return not working and super().has_delete_permission(request, obj)

    def get_urls(self) -> list[URLPattern]:
        export = path("export/", self.admin_site.admin_view(self.export), name="shop_catalogueimport_export")
        return [export, *super().get_urls()]

    def export(self, request: HttpRequest) -> StreamingHttpResponse:
        """The whole catalogue as a file that an import reads back unchanged."""
        if not request.user.has_perm("shop.view_product"):
            raise PermissionDenied
        return csv_response()

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = UploadForm(request.POST or None, request.FILES or None)
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                content = file.read(importing.LARGEST_FILE + 1)
                row = importing.upload(content, name=file.name, actor=request.user.get_username())
            except importing.Unreadable as error:
                form.add_error("file", error)
            else:
                self.log_addition(request, row, _("Uploaded."))
                return redirect("admin:shop_catalogueimport_change", row.pk)
        context = self._context(request, title=_("Import a file"), form=form)
        return render(request, "admin/shop/catalogueimport/upload.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The one page of an import: its columns, how far a worker is, what it found, and the next step."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        table = importing.read(bytes(row.content))
        chosen = row.columns or importing.guess(table.headings)
        form = ColumnsForm(
            request.POST if "check" in request.POST else None, headings=table.headings, chosen=chosen, prefix="of"
        )
        if request.method == "POST" and self._step(request, row, form):
            return redirect("admin:shop_catalogueimport_change", row.pk)
        response = render(request, "admin/shop/catalogueimport/import.html", self._page(request, row, form, table))
        if row.is_working:
            response.headers["Refresh"] = "2"  # the page follows the worker, also without JavaScript
        return response

    def _step(self, request: HttpRequest, row: CatalogueImport, form: ColumnsForm) -> bool:
        """Do what was asked for; whether the page is to be shown anew."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        if "check" in request.POST and not form.is_valid():
            return False
        try:
            if "write" in request.POST:
                importing.write(row.pk)
                self.log_change(request, row, _("Written to the catalogue."))
            elif "check" in request.POST:
                importing.check(row.pk, form.cleaned_data["mapping"])
        except importing.NotNow:
            messages.warning(request, _("That cannot be done now. The page below shows how things are."))
        return True

    def _page(
        self, request: HttpRequest, row: CatalogueImport, form: ColumnsForm, table: importing.Table
    ) -> dict[str, Any]:
        findings = ImportFinding.objects.filter(catalogue_import=row)
        kinds = {kind: Count("pk", filter=Q(kind=kind)) for kind in ImportFinding.Kind.values}
        counts = findings.aggregate(**kinds)
        wanted = request.GET.get("kind", "")
        shown = findings.filter(kind=wanted) if wanted in counts else findings
        return self._context(
            request,
            title=row.name,
            original=row,
            form=form,
            samples=list(zip(form, zip(*(cells for _number, cells in _samples(table)), strict=True), strict=True)),
            counts=counts,
            found=sum(counts.values()),
            kind=wanted,
            page=Paginator(shown, FINDINGS).get_page(request.GET.get("p", "1")),
            may_write=row.state == row.State.CHECKED and counts["error"] == 0 and sum(counts.values()) > 0,
            may_check=not row.is_working and row.state != row.State.DONE,
        )

    def _context(self, request: HttpRequest, **values: Any) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.opts, **values}


def csv_response(variants: VariantQuerySet | None = None) -> StreamingHttpResponse:
    """All variants, or `variants`, as a download."""
    name = f"catalogue-{timezone.localdate():%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(importing.lines(variants), content_type="text/csv; charset=utf-8", headers=headers)


def _samples(table: importing.Table) -> list[tuple[int, list[str]]]:
    """The first lines, as wide as the headings, to show what each column holds."""
    width = len(table.headings)
    rows = [(number, (cells + [""] * width)[:width]) for number, cells in table.rows[:3]]
    return rows or [(0, [""] * width)]
