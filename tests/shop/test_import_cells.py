"""What spreadsheets make of a table, and what the shop reads from it."""

from decimal import Decimal

import pytest
from hypothesis import given, strategies

from shop.importing import Unreadable, cells, read, table

PLAIN = "SKU,Name\nA-1,Grüner\n"


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("utf-16"),
        PLAIN.encode("cp1252"),
        PLAIN.replace(",", ";").encode(),
        PLAIN.replace(",", "\t").encode("utf-16"),
        PLAIN.replace("\n", "\r\n").encode(),
        b"sep=;\r\n" + PLAIN.replace(",", ";").encode(),
        '"SKU","Name"\n"A-1","Grüner"\n\n,\n'.encode(),
        PLAIN.encode().rstrip(),
    ],
)
def test_a_file_is_read_however_it_was_saved(content: bytes) -> None:
    assert read(content) == table.Table(["SKU", "Name"], [(2, ["A-1", "Grüner"])])


def test_lines_are_numbered_as_a_spreadsheet_does() -> None:
    rows = read(b'SKU,Text\nA,"two\nlines"\n\nB,x\n').rows
    assert rows == [(2, ["A", "two\nlines"]), (4, ["B", "x"])]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"a,b\n\0,1", "no text file"),
        (b'a,b\n"x,1\n', "damaged"),
        (b"a,a\n1,2", "Two columns"),
        (b"a\x81b\xff\n", "letters cannot be read"),
        (b"\xff\xfe\x00", "letters cannot be read"),
        (b"a," * 101, "at most 100 columns"),
        (b"a\n" + b"x\n" * 20_001, "at most 20000 lines"),
        (b"x" * (table.LARGEST_FILE + 1), "larger than 5 MB"),
        (b"a\n" + b"x" * 200_000, "damaged"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(content: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read(content)


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("12.50", "12.50"),
        ("12,50", "12.50"),
        ("1.234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1\u00a0234,50 €", "1234.50"),
        ("€ 9", "9"),
        ("-3", "-3"),
        ("1'200.00", "1200.00"),
    ],
)
def test_numbers_are_read_as_people_write_them(cell: str, number: str) -> None:
    assert cells.to_decimal(cell) == Decimal(number)


@pytest.mark.parametrize("cell", ["", "abc", "1e5", "NaN", "--1", "1-2", "9" * 30, "∞", "."])
def test_what_is_no_number_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="no number"):
        cells.to_decimal(cell)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "'=", "''+"])
def test_87_a_cell_that_could_be_a_formula_is_neutralised_and_restored(start: str) -> None:
    text = f"{start}cmd|' /C calc'!A0"
    assert cells.neutral(text) == f"'{text}"
    assert cells.plain(cells.neutral(text)) == text


@given(strategies.text(max_size=20))
def test_87_every_text_comes_back_and_none_starts_a_formula(text: str) -> None:
    text = text.strip(" \u00a0")
    assert cells.neutral(text)[:1] not in set("=+-@\t\r\n")
    assert cells.plain(cells.neutral(text)) == text


@pytest.mark.parametrize("cell", ["2026-12-01T08:00:00+01:00", "2026-12-01", "01.12.2026 08:00", "2026-12-01 08:00"])
def test_moments(cell: str) -> None:
    moment = cells.to_moment(cell)
    assert (moment.year, moment.month, moment.day) == (2026, 12, 1)
    assert moment.tzinfo


@pytest.mark.parametrize("cell", ["soon", "2026-13-01", "31.02.2026", "99999-01-01"])
def test_what_is_no_date_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        cells.to_moment(cell)
