"""Places and pays orders in the database of the environment. Run as `python -m tests.services.paid_orders NUMBER`."""

import sys

import django

django.setup()

from cart import defaults  # noqa: E402 - models need Django's set-up
from shop.models import Variant  # noqa: E402
from tests.checkout import paid_order  # noqa: E402
from tests.factories import VariantFactory  # noqa: E402

if __name__ == "__main__":
    defaults.load()
    variant = Variant.objects.first() or VariantFactory(stock=1000)
    for _order in range(int(sys.argv[1])):
        paid_order(variant)
