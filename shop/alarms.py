"""When the catalogue calls for people: pictures that no worker could render."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from background.health import Rows, alarm

from .models import ProductImage


@alarm
def pictures_are_parked() -> Iterable[Rows]:
    yield Rows(
        ProductImage.objects.filter(state=ProductImage.State.PARKED),
        _("Product pictures that could not be rendered, so that pages show their originals: %s."),
    )
