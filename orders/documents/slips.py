"""Draws packing slips: what is left to pack of each order, for the people who pack it. No prices."""

import io
from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language, gettext as _
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageBreak, PageTemplate, Spacer, Table

from orders.models import LineItem, Order
from shop import letters

from . import look
from .content import address_lines
from .look import BARE, LINES, paragraph, style
from .page import NumberedCanvas

MARGIN = 18 * mm
WIDTH = A4[0] - 2 * MARGIN
HEAD, TEXT, MUTED = style(9, color=look.MUTED), style(12), style(9, color=look.MUTED)
COUNT = style(16, font=letters.BOLD)


def packing_slips(orders: Sequence[Order]) -> bytes:
    """One PDF for all the orders, each on a page of its own, in the active language.

    Reads the line items of each: let the caller prefetch them.
    """
    letters.register_fonts()
    buffer = io.BytesIO()
    title = _("Packing slips")
    template = BaseDocTemplate(buffer, pagesize=A4, title=title, lang=get_language() or "en", invariant=1)
    frame = Frame(MARGIN, MARGIN, WIDTH, A4[1] - 2 * MARGIN, 0, 0, 0, 0)
    template.addPageTemplates(PageTemplate(frames=[frame]))
    story: list[Flowable] = []
    for order in orders:
        story += [*_slip(order), PageBreak()]
    template.build(story or [paragraph(_("No orders were chosen."), TEXT)], canvasmaker=NumberedCanvas)
    return buffer.getvalue()


def _slip(order: Order) -> list[Flowable]:
    ordered = timezone.localdate(order.created).isoformat()
    said = [(_("Ordered on"), look.date(ordered)), (_("Shipping"), order.shipping_name), (_("Phone"), order.phone)]
    facts = [[paragraph(name, HEAD), paragraph(value, MUTED)] for name, value in said if value]
    address = [paragraph(line, TEXT) for line in address_lines(order)]
    title = _("Order %s") % order.number
    return [
        paragraph(title, style(22, font=look.heading_font(title))),
        Spacer(1, 6 * mm),
        Table([[address, Table(facts, colWidths=[28 * mm, 42 * mm], style=BARE)]], style=BARE),
        Spacer(1, 8 * mm),
        _units(order),
    ]


def _units(order: Order) -> Flowable:
    rows: list[list[Any]] = [["", paragraph(_("Units"), HEAD), paragraph(_("Item"), HEAD), paragraph("SKU", HEAD)]]
    rows += [_row(item) for item in order.line_items.all() if item.units_to_ship]
    if len(rows) == 1:
        return paragraph(_("Nothing is left to ship."), TEXT)
    boxes = [("BOX", (0, row), (0, row), 0.8, look.INK) for row in range(1, len(rows))]
    widths = [7 * mm, 20 * mm, WIDTH - 67 * mm, 40 * mm]
    between = ("LEFTPADDING", (1, 0), (1, -1), 10)
    return Table(rows, colWidths=widths, repeatRows=1, style=[*BARE, between, LINES, *boxes])


def _row(item: LineItem) -> list[Any]:
    return ["", paragraph(str(item.units_to_ship), COUNT), paragraph(item.title, TEXT), paragraph(item.sku, TEXT)]
