"""Pictures in the admin: what is uploaded is checked and drawn anew before it is kept."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminFileWidget
from django.core.files.base import ContentFile
from django.db import models
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from shop import images
from shop.models import ProductImage


class PictureField(forms.FileField):
    """A picture that shop.images accepts; its message is the field's error."""

    widget = AdminFileWidget

    def clean(self, data: Any, initial: Any = None) -> Any:
        file = super().clean(data, initial)
        return images.accept(file, name=file.name) if data and file is not initial else file

    def widget_attrs(self, widget: forms.Widget) -> dict[str, str]:
        return {**super().widget_attrs(widget), "accept": "image/jpeg,image/png,image/webp,image/avif"}


PICTURES: dict[Any, dict[str, Any]] = {models.ImageField: {"form_class": PictureField}}  # for formfield_overrides


class ProductImageForm(forms.ModelForm):
    class Meta:
        model = ProductImage
        fields = ["file", "alt", "position"]

    def save(self, commit: bool = True) -> ProductImage:
        """A new file is rendered by a worker, and takes the place of the old one's files."""
        replaced = "file" in self.changed_data and self.instance.pk
        before = ProductImage.objects.get(pk=self.instance.pk) if replaced else None
        image: ProductImage = super().save(commit)
        if isinstance(self.cleaned_data["file"], ContentFile):
            images.render_anew(image)
        if before:
            images.remove_files_on_commit([before])
        return image


class ProductImageInline(admin.TabularInline):
    model = ProductImage
    form = ProductImageForm
    formfield_overrides = PICTURES
    extra = 0
    fields = ["preview", "file", "alt", "position", "renditions"]
    readonly_fields = ["preview", "renditions"]

    @admin.display(description=_("Preview"))
    def preview(self, image: ProductImage) -> str:
        if not image.file:
            return ""
        names = image.rendition_names
        url = image.file.storage.url(names[1]) if names else image.file.url
        return format_html('<img src="{}" alt="" width="64" height="80">', url)

    @admin.display(description=_("Renditions"))
    def renditions(self, image: ProductImage) -> str:
        state = image.get_state_display() if image.pk else ""
        return f"{state}: {image.last_error}" if image.last_error else str(state)
