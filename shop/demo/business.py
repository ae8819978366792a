"""An example of who runs the shop and of its legal pages, so that a trial shop has none of them empty."""

from pathlib import Path

from shop import profile
from shop.models import LegalPage, ShopProfile

PAGES = Path(__file__).parent / "pages"
EXAMPLE = {
    "legal_name": "The Quiet Cellar (example)",
    "address": "Kellerweg 7\n55116 Mainz\nGermany",
    "vat_id": "DE000000000",
    "register": "Example court, HRB 0000",
    "email": "cellar@example.com",
    "phone": "+49 6131 000000",
    "bank": "Example Bank",
    "iban": "DE00 0000 0000 0000 0000 00",
    "bic": "EXAMPLEXXX",
}


def load_business() -> None:
    """Write the example where nobody has written a profile yet. A second call changes nothing."""
    row, is_new = ShopProfile.objects.get_or_create(pk=1, defaults=EXAMPLE)
    if is_new:
        for kind in LegalPage.Kind:
            if (text := PAGES / f"{kind}.md").exists():
                LegalPage.objects.get_or_create(
                    kind=kind, language="en", defaults={"profile": row, "text": text.read_text(encoding="utf-8")}
                )
        profile.forget_on_commit()


def remove_business() -> None:
    """Remove the example, and the pages with it, unless somebody has put a name of their own there."""
    ShopProfile.objects.filter(legal_name=EXAMPLE["legal_name"]).delete()
    profile.forget_on_commit()
