"""Rows as a file, written one after the other: CSV, or a workbook of Excel. No cell of either is ever run."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

import xlsxwriter
from django.utils import timezone

from shop.importing import cells
from shop.importing.exporting import BYTE_ORDER_MARK
from shop.money import minor_digits

from .tables import Column, Row, Type

MOST_ROWS = 1_048_576  # of a sheet, https://support.microsoft.com/office (Excel specifications and limits)
WIDTHS = {Type.TEXT: 22, Type.MOMENT: 18}


class TooManyRows(Exception):
    """A sheet of a workbook has no place for all of the rows."""


def write_csv(file: IO[bytes], columns: Sequence[Column], rows: Iterable[Row]) -> None:
    """UTF-8 as Excel recognizes it; amounts with the digits of their currency, days as 2026-12-31."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    text.write(BYTE_ORDER_MARK)
    writer = csv.writer(text)
    writer.writerow([str(column.title) for column in columns])
    where = _currency_at(columns)
    for row in rows:
        writer.writerow([_text(value, column, row[where]) for value, column in zip(row, columns, strict=True)])
    text.detach()


def write_xlsx(file: IO[bytes], columns: Sequence[Column], rows: Iterable[Row]) -> None:
    """One sheet; texts are stored as texts, so that Excel takes none for a formula or a link. Raises TooManyRows."""
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    sheet = book.add_worksheet()
    formats = _Formats(book)
    for number, column in enumerate(columns):
        sheet.set_column(number, number, WIDTHS.get(column.type, 14))
        sheet.write_string(0, number, str(column.title), formats.heading)
    sheet.freeze_panes(1, 0)
    where = _currency_at(columns)
    for line, row in enumerate(rows, 1):
        if line >= MOST_ROWS:
            raise TooManyRows
        for number, (value, column) in enumerate(zip(row, columns, strict=True)):
            _write_cell(sheet, line, number, value, formats.of(column, row[where]))
    book.close()


class _Formats:
    """The number formats of a workbook, each made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self._known: dict[str, Any] = {}
        self.heading = book.add_format({"bold": True, "text_wrap": True})

    def of(self, column: Column, currency: str) -> Any:
        pattern = _PATTERNS[column.type](currency)
        if pattern not in self._known:
            self._known[pattern] = self._book.add_format({"num_format": pattern})
        return self._known[pattern]


def _money_pattern(currency: str) -> str:
    digits = minor_digits(currency)
    return f"#,##0.{'0' * digits}" if digits else "#,##0"


_PATTERNS: dict[Type, Callable[[str], str]] = {
    Type.TEXT: lambda currency: "@",
    Type.CURRENCY: lambda currency: "@",
    Type.NUMBER: lambda currency: "#,##0",
    Type.MONEY: _money_pattern,
    Type.PERCENT: lambda currency: "0.###",
    Type.DAY: lambda currency: "yyyy-mm-dd",
    Type.MOMENT: lambda currency: "yyyy-mm-dd hh:mm",
}


def _write_cell(sheet: Any, line: int, number: int, value: Any, pattern: Any) -> None:
    if value is None:
        sheet.write_blank(line, number, None, pattern)
    elif isinstance(value, datetime):
        sheet.write_datetime(line, number, timezone.localtime(value).replace(tzinfo=None), pattern)
    elif isinstance(value, date):
        sheet.write_datetime(line, number, datetime.combine(value, datetime.min.time()), pattern)
    elif isinstance(value, int | Decimal):
        sheet.write_number(line, number, value, pattern)
    else:
        sheet.write_string(line, number, str(value), pattern)


def _text(value: Any, column: Column, currency: str) -> str:
    if value is None:
        return ""
    if column.type == Type.MONEY:
        return f"{value:.{minor_digits(currency)}f}"
    if column.type == Type.PERCENT:
        return f"{value:f}"
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d{' %H:%M' if column.type == Type.MOMENT else ''}}"
    return cells.neutral(str(value)) if column.type == Type.TEXT else str(value)


def _currency_at(columns: Sequence[Column]) -> int:
    """The column that names the currency of a row's amounts."""
    return next(number for number, column in enumerate(columns) if column.type == Type.CURRENCY)
