"""What people and spreadsheets write into cells, as values, and values as cells. Nothing here knows the catalogue."""

import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal, InvalidOperation

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

# What spreadsheets take for a formula, after any quotes that an export put before it (OWASP, CSV Injection).
FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
QUOTED_FORMULA = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")
YES = {"yes", "y", "true", "1", "x", "ja", "oui", "sí", "si", "да"}
NO = {"no", "n", "false", "0", "", "nein", "non", "нет"}
SEPARATOR = "|"  # between the values of one cell


def neutral(text: str) -> str:
    """A cell that no spreadsheet runs. `plain` gives the text back."""
    return f"'{text}" if FORMULA.match(text) else text


def plain(cell: str) -> str:
    """The text of a cell, also of one that `neutral` made."""
    cell = cell.strip(" \u00a0")
    return cell[1:] if QUOTED_FORMULA.match(cell) else cell


def to_decimal(cell: str) -> Decimal:
    """12.50, 12,50, 1.234,50, 1,234.50, €12.50: the last separator is the decimal one. Raises ValueError."""
    text = re.sub(r"[\s\u00a0\u202f'’]|[^\d.,+\-]+$|^[^\d.,+\-]+", "", cell)
    last = max(text.rfind(","), text.rfind("."))
    if last >= 0:
        whole = re.sub(r"[.,]", "", text[:last])
        text = f"{whole}.{text[last + 1 :]}"
    if not re.fullmatch(r"[+-]?\d{1,20}(\.\d{0,10})?", text):
        raise ValueError(_("“%(cell)s” is no number.") % {"cell": cell[:40]})
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError(_("“%(cell)s” is no number.") % {"cell": cell[:40]}) from error


def to_whole(cell: str) -> int:
    """A whole number, also as a spreadsheet may write it: 12, 12.0, 1 200. Raises ValueError."""
    number = to_decimal(cell)
    if number != int(number):
        raise ValueError(_("“%(cell)s” is no whole number.") % {"cell": cell[:40]})
    return int(number)


def to_bool(cell: str) -> bool:
    """yes or no, in a few languages. Raises ValueError."""
    word = cell.casefold()
    if word not in YES | NO:
        raise ValueError(_("“%(cell)s” is neither yes nor no.") % {"cell": cell[:40]})
    return word in YES


def to_moment(cell: str) -> datetime:
    """2026-12-01T08:00+00:00, 2026-12-01, 01.12.2026 08:00; without a zone the shop's. Raises ValueError."""
    day_first = re.sub(r"^(\d\d)\.(\d\d)\.(\d{4})", r"\3-\2-\1", cell)
    moment = parse_datetime(day_first)
    if moment is None and (day := parse_date(day_first)):
        moment = datetime(day.year, day.month, day.day)
    if moment is None:
        raise ValueError(_("“%(cell)s” is no date.") % {"cell": cell[:40]})
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


def to_list(cell: str) -> list[str]:
    """The values of a cell that holds several, each once."""
    return list(dict.fromkeys(part for part in (plain(piece) for piece in cell.split(SEPARATOR)) if part))


def from_list(values: Iterable[str]) -> str:
    """A cell that holds several values."""
    return f" {SEPARATOR} ".join(values)


def from_bool(value: bool) -> str:
    return "yes" if value else "no"
