"""Bytes of a CSV file, however a spreadsheet saved it, as headings and rows."""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LARGEST_FILE = 5 * 1024 * 1024
MOST_LINES = 20_000  # they are written in one transaction
MOST_COLUMNS = 100
DELIMITERS = ";,\t"
BYTE_ORDER_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


class Unreadable(ValidationError):
    """The file is no table that can be read; the message says why, to the one who uploaded it."""


@dataclass(frozen=True)
class Table:
    """`rows` are (number, cells), numbered as a spreadsheet does: the headings are row 1. Empty rows are left out."""

    headings: list[str]
    rows: list[tuple[int, list[str]]]


def read(content: bytes) -> Table:
    """The table in `content`: UTF-8, UTF-16 or Windows-1252; commas, semicolons or tabs.

    Raises Unreadable for too much of anything, for NUL bytes, broken quotes, no or repeated headings.
    """
    if len(content) > LARGEST_FILE:
        raise Unreadable(_("The file is larger than %(megabytes)d MB.") % {"megabytes": LARGEST_FILE // 1024**2})
    text = _decoded(content)
    if "\0" in text:
        raise Unreadable(_("This is no text file."))
    delimiter, text = _delimiter(text)
    try:
        records = list(_records(text, delimiter))
    except csv.Error as error:
        raise Unreadable(_("The table is damaged: %(why)s.") % {"why": error}) from error
    if not records:
        raise Unreadable(_("The file is empty."))
    (_number, first), *rows = records
    return Table(_headings(first), rows)


def _decoded(content: bytes) -> str:
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            return _decoded_as(content, encoding)
    try:
        return content.decode()
    except UnicodeDecodeError:
        return _decoded_as(content, "cp1252")


def _decoded_as(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable(_("The file's letters cannot be read. Save it as CSV in UTF-8.")) from error


def _delimiter(text: str) -> tuple[str, str]:
    """What separates cells, told from the headings, and the text without the line by which Excel may name it."""
    first, _newline, rest = text.partition("\n")
    if first.lower().startswith("sep=") and len(first.strip()) == 5:
        return first[4], rest
    outside_quotes = "".join(first.split('"')[::2])
    return max(DELIMITERS, key=outside_quotes.count), text


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    for number, cells in enumerate(reader, 1):
        if len(cells) > MOST_COLUMNS:
            raise Unreadable(_("A table has at most %(most)d columns.") % {"most": MOST_COLUMNS})
        if number > MOST_LINES + 1:
            raise Unreadable(_("A table has at most %(most)d lines. Split it.") % {"most": MOST_LINES})
        if any(cell.strip() for cell in cells):
            yield number, cells


def _headings(cells: list[str]) -> list[str]:
    headings = [cell.strip() or f"({number})" for number, cell in enumerate(cells, 1)]
    twice = {heading for heading in headings if headings.count(heading) > 1}
    if twice:
        raise Unreadable(_("Two columns have the heading “%(heading)s”.") % {"heading": sorted(twice)[0]})
    return headings
