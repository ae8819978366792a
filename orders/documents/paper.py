"""Draws an invoice or a credit note, from its content alone: the same content gives the same bytes."""

import io
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Spacer, Table

from cart.pricing import percent
from orders.models import Invoice
from shop import letters

from . import look
from .look import BARE, LINES, paragraph, style
from .page import Letterhead, NumberedCanvas

MARGIN = 20 * mm
WIDTH = A4[0] - 2 * MARGIN
TOP = 32 * mm  # of the page, kept for the letterhead
BOTTOM = 34 * mm  # kept for the seller's details

SMALL, MUTED = style(8.5), style(8.5, color=look.MUTED)
TEXT, RIGHT = style(10), style(10, right=True)
BOLD, BOLD_RIGHT = style(10, font=letters.BOLD), style(10, font=letters.BOLD, right=True)
HEAD, HEAD_RIGHT = style(8.5, color=look.MUTED), style(8.5, color=look.MUTED, right=True)


def drawn(invoice: Invoice) -> bytes:
    """The PDF of a paper, in its language."""
    letters.register_fonts()
    said = invoice.content
    with translation.override(said["language"]):
        title = _("Credit note") if invoice.is_credit_note else _("Invoice")
        head = Letterhead(said["seller"], margin=MARGIN, page_words=_("Page %(page)d of %(pages)d"))
        buffer = io.BytesIO()
        template = BaseDocTemplate(
            buffer,
            pagesize=A4,
            title=f"{title} {invoice.number}",
            author=said["seller"]["name"],
            lang=said["language"],
            invariant=1,
        )
        frame = Frame(MARGIN, BOTTOM, WIDTH, A4[1] - TOP - BOTTOM, 0, 0, 0, 0)
        template.addPageTemplates(PageTemplate(frames=[frame], onPage=head.draw))
        template.build(_story(invoice, title), canvasmaker=NumberedCanvas)
    return buffer.getvalue()


def _story(invoice: Invoice, title: str) -> list[Flowable]:
    said = invoice.content
    return [
        _address_and_facts(invoice),
        Spacer(1, 12 * mm),
        paragraph(f"{title} {invoice.number}", style(20, font=look.heading_font(title + invoice.number))),
        Spacer(1, 4 * mm),
        *_correction(invoice),
        _lines(said, invoice.currency),
        Spacer(1, 3 * mm),
        _totals(said, invoice.currency),
        Spacer(1, 6 * mm),
        *_tax_table(said, invoice.currency),
        *_notes(invoice),
    ]


def _address_and_facts(invoice: Invoice) -> Table:
    """The buyer on the left, where a window envelope shows it; number and dates on the right."""
    said = invoice.content
    sender = " · ".join([said["seller"]["name"], *said["seller"]["address"]])
    buyer = [paragraph(sender, style(7, color=look.MUTED)), Spacer(1, 2 * mm)]
    buyer += [paragraph(line, TEXT) for line in said["buyer"]]
    facts = [
        (_("Credit note number") if invoice.is_credit_note else _("Invoice number"), invoice.number),
        (_("Date"), look.date(invoice.issued_on.isoformat())),
        (_("Invoice"), said["corrects"]) if invoice.is_credit_note else None,
        (_("Order number"), said["order"]),
        (_("Ordered on"), look.date(said["ordered_on"])),
        (_("Paid on"), look.date(said["paid_on"])),
    ]
    rows = [[paragraph(fact[0], HEAD), paragraph(fact[1], SMALL)] for fact in facts if fact]
    table = Table(rows, colWidths=[32 * mm, 40 * mm], style=[*BARE, ("BOTTOMPADDING", (0, 0), (-1, -1), 0)])
    return Table([[buyer, table]], colWidths=[WIDTH - 72 * mm, 72 * mm], style=BARE)


def _correction(invoice: Invoice) -> list[Flowable]:
    if not invoice.is_credit_note:
        return []
    said = invoice.content
    words = _("This corrects invoice %(number)s of %(date)s.") % {
        "number": said["corrects"],
        "date": look.date(said["corrects_of"]),
    }
    units = [f"{unit['quantity']} × {unit['name']}" for unit in said["units"]]
    return [*(paragraph(line, TEXT) for line in [words, *units]), Spacer(1, 4 * mm)]


def _lines(said: dict[str, Any], currency: str) -> Table:
    rows: list[list[Any]] = [
        [
            paragraph(_("Quantity"), HEAD_RIGHT),
            paragraph(_("Item"), HEAD),
            paragraph(_("Price each"), HEAD_RIGHT),
            paragraph(_("Tax"), HEAD_RIGHT),
            paragraph(_("Amount"), HEAD_RIGHT),
        ]
    ]
    for line in said["lines"]:
        name = [paragraph(line["name"], TEXT)]
        if line["sku"]:
            name.append(paragraph(line["sku"], MUTED))
        rows.append(
            [
                paragraph(str(line["quantity"]), RIGHT),
                name,
                paragraph(look.money(line["unit_price"], currency), RIGHT),
                paragraph(percent(Decimal(line["tax_rate"])), RIGHT),
                paragraph(look.money(line["total"], currency), RIGHT),
            ]
        )
    if not said["lines"]:
        amount = paragraph(look.money(said["subtotal"], currency), RIGHT)
        rows.append(["", paragraph(_("Amount returned"), TEXT), "", "", amount])
    widths = [16 * mm, WIDTH - 94 * mm, 28 * mm, 18 * mm, 32 * mm]
    between = [("LEFTPADDING", (1, 0), (1, -1), 12), ("LEFTPADDING", (2, 0), (-1, -1), 4)]
    return Table(rows, colWidths=widths, repeatRows=1, style=[*BARE, *between, LINES])


def _totals(said: dict[str, Any], currency: str) -> Table:
    rows = []
    if said["lines"]:
        shipping = _("Shipping (%s)") % said["shipping_name"] if said["shipping_name"] else _("Shipping")
        rows.append((_("Subtotal"), look.money(said["subtotal"], currency)))
        if said["discount"].strip("0."):
            codes = ", ".join(said.get("coupons", []))  # which invoices had not named at first
            discount = _("Discount (%s)") % codes if codes else _("Discount")
            rows.append((discount, "−" + look.money(said["discount"], currency)))
        if said["shipping_name"] or said["shipping"].strip("0."):
            rows.append((shipping, look.money(said["shipping"], currency)))
    cells = [[paragraph(words, TEXT), paragraph(amount, RIGHT)] for words, amount in rows]
    cells.append([paragraph(_("Total"), BOLD), paragraph(look.money(said["total"], currency), BOLD_RIGHT)])
    above_total = ("LINEABOVE", (0, -1), (-1, -1), 0.8, look.INK)
    return Table(cells, colWidths=[50 * mm, 32 * mm], hAlign="RIGHT", style=[*BARE, above_total])


def _tax_table(said: dict[str, Any], currency: str) -> list[Flowable]:
    """What each rate comes to: the law wants it per rate."""
    heads = [_("Tax rate"), _("Net"), _("Tax"), _("Including tax")]
    rows = [[paragraph(head, HEAD_RIGHT) for head in heads]]
    for row in said["taxes"]:
        gross = Decimal(row["net"]) + Decimal(row["tax"])
        amounts = [look.money(amount, currency) for amount in (row["net"], row["tax"], gross)]
        rows.append([paragraph(text, style(9, right=True)) for text in [percent(Decimal(row["rate"])), *amounts]])
    widths = [20 * mm, 30 * mm, 30 * mm, 32 * mm]
    return [Table(rows, colWidths=widths, hAlign="RIGHT", style=[*BARE, LINES])] if said["taxes"] else []


def _notes(invoice: Invoice) -> list[Flowable]:
    said = invoice.content
    notes = []
    if said["untaxed"] == "export":
        notes.append(paragraph(_("Export delivery, exempt from VAT (Article 146 of Directive 2006/112/EC)."), TEXT))
    elif said["untaxed"]:
        notes.append(paragraph(_("No tax is charged on this delivery."), TEXT))
    if invoice.is_credit_note:
        words = _("The amount goes back the way it was paid.")
    else:
        words = _("Paid. Nothing is left to pay.")
    return [Spacer(1, 8 * mm), *notes, paragraph(words, style(11, font=letters.BOLD, color=look.PAID))]
