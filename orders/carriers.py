"""Who carries parcels, and where each shows how far one has come: a table, no code."""

from urllib.parse import quote

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Carrier(TextChoices):
    """A carrier by the name on its vans; OTHER takes an address of its own."""

    DHL = "dhl", "DHL"
    DPD = "dpd", "DPD"
    GLS = "gls", "GLS"
    UPS = "ups", "UPS"
    FEDEX = "fedex", "FedEx"
    POST_AT = "post_at", "Post AT"
    POST_CH = "post_ch", "Post CH"
    COLISSIMO = "colissimo", "La Poste Colissimo"
    AN_POST = "an_post", "An Post"
    ROYAL_MAIL = "royal_mail", "Royal Mail"
    USPS = "usps", "USPS"
    JAPAN_POST = "japan_post", "Japan Post"
    OTHER = "other", _("another carrier")


# The public tracking pages of the carriers; {} is the number.
TRACKING_PAGES: dict[str, str] = {
    Carrier.DHL: "https://www.dhl.com/global-en/home/tracking.html?tracking-id={}",
    Carrier.DPD: "https://tracking.dpd.de/status/en_US/parcel/{}",
    Carrier.GLS: "https://gls-group.com/GROUP/en/parcel-tracking?match={}",
    Carrier.UPS: "https://www.ups.com/track?tracknum={}",
    Carrier.FEDEX: "https://www.fedex.com/fedextrack/?trknbr={}",
    Carrier.POST_AT: "https://www.post.at/sv/sendungsdetails?snr={}",
    Carrier.POST_CH: "https://service.post.ch/ekp-web/ui/entry/search/{}",
    Carrier.COLISSIMO: "https://www.laposte.fr/outils/suivre-vos-envois?code={}",
    Carrier.AN_POST: "https://www.anpost.com/Post-Parcels/Track/History?item={}",
    Carrier.ROYAL_MAIL: "https://www.royalmail.com/track-your-item#/tracking-results/{}",
    Carrier.USPS: "https://tools.usps.com/go/TrackConfirmAction?tLabels={}",
    Carrier.JAPAN_POST: (
        "https://trackings.post.japanpost.jp/services/srv/search/direct?searchKind=S004&locale=en&reqCodeNo1={}"
    ),
}


def tracking_link(carrier: str, number: str) -> str:
    """Where the parcel with this number can be followed; empty without a number or for a carrier not in the table."""
    page = TRACKING_PAGES.get(carrier, "")
    return page.format(quote(number, safe="")) if number else ""
