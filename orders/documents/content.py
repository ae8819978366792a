"""What a paper says, as plain values: amounts as text, dates as ISO. The paper is drawn from these alone."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

from django.conf import settings
from django.utils import timezone, translation

from orders.models import Invoice, LineItem, Order
from shop.models import ShopProfile
from shop.money import quantum

# https://europa.eu/european-union/about-eu/countries: where a supply from one to another is no export.
EU = frozenset("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split())

ZERO = Decimal(0)


def of_invoice(order: Order) -> dict[str, Any]:
    """The content of an order's invoice, in the order's language."""
    items = list(order.line_items.all())
    with translation.override(order.language):
        buyer = address_lines(order)
    return {
        "language": order.language,
        "order": order.number,
        "ordered_on": timezone.localdate(order.created).isoformat(),
        "paid_on": timezone.localdate(order.paid_at).isoformat() if order.paid_at else "",
        "seller": _seller(),
        "buyer": buyer,
        "lines": [_line(item) for item in items],
        "subtotal": str(order.subtotal),
        "discount": str(order.discount),
        "coupons": order.coupon_codes,
        "shipping": str(order.shipping),
        "shipping_name": order.shipping_name,
        "prices_include_tax": order.prices_include_tax,
        "taxes": _taxes(order, items),
        "tax": str(order.tax),
        "total": str(order.total),
        "untaxed": _why_untaxed(order),
    }


def of_credit_note(
    invoice: Invoice, amount: Decimal, *, before: Sequence[Invoice], units: Mapping[LineItem, int]
) -> dict[str, Any]:
    """The content of a note that takes `amount` off an invoice, after the notes `before`; `units` are named.

    The amount is spread over the invoice's tax rates as they are left, so that notes which credit all of an invoice
    credit its tax exactly.
    """
    kept = ("language", "order", "ordered_on", "paid_on", "buyer", "prices_include_tax", "untaxed")
    taxes = _share(_left(invoice, before), amount, invoice.currency)
    whole = amount == invoice.total
    return {
        **{name: invoice.content[name] for name in kept},
        "seller": invoice.content["seller"] | {"logo": _seller()["logo"]},  # the file of an earlier logo is gone
        "corrects": invoice.number,
        "corrects_of": invoice.issued_on.isoformat(),
        "lines": invoice.content["lines"] if whole else [],
        "units": [{"name": item.title, "quantity": quantity} for item, quantity in units.items()],
        "subtotal": invoice.content["subtotal"] if whole else str(amount),
        "discount": invoice.content["discount"] if whole else "0",
        "shipping": invoice.content["shipping"] if whole else "0",
        "coupons": invoice.content.get("coupons", []),
        "shipping_name": invoice.content["shipping_name"],
        "taxes": taxes,
        "tax": str(sum((Decimal(row["tax"]) for row in taxes), ZERO)),
        "total": str(amount),
    }


def _seller() -> dict[str, Any]:
    profile = ShopProfile.objects.filter(pk=1).first() or ShopProfile(pk=1)
    return {
        "shop": settings.SHOP_NAME,
        "logo": profile.logo.name or "",
        "name": profile.legal_name or settings.SHOP_NAME,
        "address": profile.address.split("\n") if profile.address else [],
        "vat_id": profile.vat_id,
        "register": profile.register,
        "email": profile.email,
        "phone": profile.phone,
        "bank": profile.bank,
        "iban": profile.iban,
        "bic": profile.bic,
        "site": settings.SITE_URL,
    }


def address_lines(order: Order) -> list[str]:
    """The lines of an order's address, as on an envelope, its country in the active language."""
    return order.address_lines


def _line(item: LineItem) -> dict[str, Any]:
    return {
        "name": item.title,
        "sku": item.sku,
        "quantity": item.quantity,
        "unit_price": str(item.unit_price),
        "total": str(item.subtotal),
        "tax_rate": str(item.tax_rate),
    }


def _taxes(order: Order, items: Iterable[LineItem]) -> list[dict[str, str]]:
    """Per rate, the highest first: what is taxed, and the tax."""
    taxed = [(item.tax_rate, item.total, item.tax) for item in items]
    if order.shipping:
        taxed.append((order.shipping_tax_rate, order.shipping, order.shipping_tax))
    sums: dict[Decimal, list[Decimal]] = {}
    for rate, amount, tax in taxed:
        row = sums.setdefault(rate.normalize(), [ZERO, ZERO])
        row[0] += amount - tax if order.prices_include_tax else amount
        row[1] += tax
    rows = sorted(sums.items(), reverse=True)
    return [{"rate": f"{rate:f}", "net": str(net), "tax": str(tax)} for rate, (net, tax) in rows]


def _why_untaxed(order: Order) -> str:
    """Why an order bears no tax: "export" out of the EU, "other" elsewhere; empty where it bears some."""
    if order.tax or not order.total:
        return ""
    return "export" if settings.SHOP_COUNTRY in EU and order.country not in EU else "other"


def _left(invoice: Invoice, before: Iterable[Invoice]) -> dict[str, tuple[Decimal, Decimal]]:
    """Rate -> (net, tax) of the invoice that was not credited yet."""
    left = {row["rate"]: (Decimal(row["net"]), Decimal(row["tax"])) for row in invoice.content["taxes"]}
    for note in before:
        for row in note.content["taxes"]:
            net, tax = left[row["rate"]]
            left[row["rate"]] = (net - Decimal(row["net"]), tax - Decimal(row["tax"]))
    return left


def _share(left: dict[str, tuple[Decimal, Decimal]], amount: Decimal, currency: str) -> list[dict[str, str]]:
    """`amount` spread over what is left of each rate, in proportion; what rounding leaves goes where there is room."""
    step = quantum(currency)
    gross = {rate: net + tax for rate, (net, tax) in left.items()}
    whole = sum(gross.values(), ZERO)
    shares = {rate: _steps(amount * sum_ / whole, step, ROUND_DOWN) for rate, sum_ in gross.items()}
    for rate, share in shares.items():
        shares[rate] += min(amount - sum(shares.values(), ZERO), gross[rate] - share)
    rows = []
    for rate, share in shares.items():
        tax = _steps(left[rate][1] * share / gross[rate], step, ROUND_HALF_UP) if share else ZERO
        rows.append({"rate": rate, "net": str(share - tax), "tax": str(tax)})
    return [row for row, share in zip(rows, shares.values(), strict=True) if share]


def _steps(amount: Decimal, step: Decimal, rounding: str) -> Decimal:
    return (amount / step).quantize(Decimal(1), rounding=rounding) * step
