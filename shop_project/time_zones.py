"""The time zone of a country, for a shop that was told of none."""

from importlib.resources import files

# The tz database lists these countries' zones from one end of the country to the other: here is that of the capital,
# or of the largest city.
OF_LARGE_COUNTRIES = {
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv",
    "UZ": "Asia/Tashkent",
}


def of_country(code: str) -> str:
    """The zone of an ISO 3166 code, such as Europe/Berlin for DE: the first of several; UTC for no country."""
    lines = (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if not line.startswith("#"))
    return OF_LARGE_COUNTRIES.get(code) or next((row[2] for row in rows if row[0] == code), "UTC")
