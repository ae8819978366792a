"""Every fault of the catalogue that concerns a payment has a test which bears its number.

1 to 23 are in test_faults_stripe.py, 24 to 36 in test_faults_webhooks.py and test_webhook.py, 61 to 68 in
test_faults_races.py; what placing an order alone can show is in tests/orders; test_guards.py takes the guards away.
"""

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
NUMBERS = {*range(1, 37), *range(61, 66), 68}


def test_every_number_has_a_test() -> None:
    files = [*TESTS.glob("payment/test_*.py"), *TESTS.glob("orders/test_*.py")]
    found = {int(number) for file in files for number in re.findall(r"^def test_(\d\d)_", file.read_text(), re.M)}
    assert sorted(NUMBERS - found) == []
