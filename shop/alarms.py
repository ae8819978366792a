"""When the catalogue calls for people: pictures that no worker could render."""

from collections.abc import Iterable

from background.health import alarm, counted

from .models import ProductImage


@alarm
def pictures_are_parked() -> Iterable[str]:
    if number := counted(ProductImage.objects.filter(state=ProductImage.State.PARKED)):
        yield f"{number} product pictures could not be rendered; pages show their originals."
