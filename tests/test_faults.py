"""Every fault that the shop is built to stand has a test which bears its number.

1 to 23 come from Stripe, 24 to 36 through the webhook, 37 to 44 from the broker, 45 to 51 from workers, 52 to 57 from
the database, 58 to 60 from mail, 61 to 68 from people at the same moment, 69 to 77 from bad input, 78 to 93 from bad
will.
"""

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parent
STOOD = {*range(1, 50), *range(51, 94)}  # 50 is no fault


def test_every_number_has_a_test() -> None:
    names = re.compile(r"^\s*def test_((?:\d\d_(?:and_)?)+)", re.M)
    found = {
        int(number)
        for file in TESTS.rglob("test_*.py")
        for numbers in names.findall(file.read_text())
        for number in re.findall(r"\d\d", numbers)
    }
    assert sorted(STOOD - found) == []
