"""What every page of a paper has: the shop's logo or name on top, the seller's details and the page's number below."""

import io
from typing import Any

from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.pdfgen.textobject import PDFTextObject

from shop import letters

from . import logo, look

LINE = 9.5  # points between the lines of the seller's details


class NumberedCanvas(Canvas):
    """Keeps the pages until all are drawn, so that each can say how many there are."""

    _pagesize: tuple[float, float]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs | {"initialFontName": letters.TEXT})  # or Helvetica is named, and not embedded
        self._kept: list[dict[str, Any]] = []
        self.page_words = ""

    def showPage(self) -> None:
        self._kept.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]  # its stubs leave it out

    def save(self) -> None:
        for number, page in enumerate(self._kept, start=1):
            self.__dict__.update(page)
            if self.page_words and len(self._kept) > 1:
                self.setFont(letters.TEXT, 8)
                self.setFillColor(look.MUTED)
                words = self.page_words % {"page": number, "pages": len(self._kept)}
                self.drawRightString(self._pagesize[0] - 20 * mm, 8 * mm, letters.plain(words))
            super().showPage()
        super().save()


class Letterhead:
    """Drawn on each page, before what stands on it."""

    def __init__(self, seller: dict[str, Any], *, margin: float, page_words: str) -> None:
        self.seller, self.margin, self.page_words = seller, margin, page_words

    def draw(self, canvas: Any, _template: object) -> None:
        """`canvas` is the NumberedCanvas that the document is built with."""
        width, height = canvas._pagesize
        canvas.page_words = self.page_words
        self._head(canvas, height)
        canvas.setStrokeColor(look.HAIRLINE)
        canvas.setLineWidth(0.4)
        canvas.line(self.margin, 27 * mm, width - self.margin, 27 * mm)
        for column, lines in enumerate(self._details()):
            self._column(canvas, self.margin + column * (width - 2 * self.margin) / 3, lines)

    def _head(self, canvas: Canvas, height: float) -> None:
        """The logo, or the shop's name where it has none."""
        name = self.seller.get("logo", "")  # which papers did not know at first
        if name and (picture := logo.printed(name)):
            image = ImageReader(io.BytesIO(picture.data))
            bottom = height - 10 * mm - picture.height
            canvas.drawImage(image, self.margin, bottom, picture.width, picture.height)
            return
        shop = self.seller["shop"]
        words = canvas.beginText(self.margin, height - 20 * mm)
        words.setFillColor(look.WINE)
        _write(words, shop, font=look.heading_font(shop), size=18)
        canvas.drawText(words)

    def _details(self) -> list[list[str]]:
        """Who sells, how to reach them, and their bank: three columns."""
        seller = self.seller
        bank = [seller["bank"], seller["iban"] and f"IBAN {seller['iban']}", seller["bic"] and f"BIC {seller['bic']}"]
        return [
            [seller["name"], *seller["address"]],
            [seller["site"].partition("//")[2], seller["email"], seller["phone"]],
            [seller["vat_id"], seller["register"], *bank],
        ]

    def _column(self, canvas: Canvas, left: float, lines: list[str]) -> None:
        text = canvas.beginText(left, 22 * mm)
        text.setFillColor(look.MUTED)
        for line in [line for line in lines if line][:6]:
            _write(text, line, font=letters.TEXT, size=7.5)
            text.textLine()
        canvas.drawText(text)


def _write(text: PDFTextObject, words: str, *, font: str, size: float) -> None:
    """Words on the line where `text` stands, each run in a font that has its letters."""
    for name, run in letters.runs(words, font):
        text.setFont(name, size, leading=LINE)
        text.textOut(run)
