"""Make countries.csv: what a country column may say, and the alpha-2 code it means.

Run it with the installed Babel: ``python make_countries.py``. Names come from Unicode CLDR (Finnish, Swedish, English,
and the country's own languages where Babel knows them), three-letter codes from CLDR's territory aliases.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from pathlib import Path

from babel import Locale
from babel.core import get_global

LANGUAGES = ("fi", "sv", "en")
# Spellings that CLDR does not list but address columns hold.
EXTRA = {
    "suomi finland": "FI",
    "finland suomi": "FI",
    "sf": "FI",
    "ahvenanmaa": "AX",
    "aland": "AX",
    "uk": "GB",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "iso-britannia": "GB",
    "englanti": "GB",
    "usa": "US",
    "united states of america": "US",
    "holland": "NL",
    "hollanti": "NL",
    "eesti": "EE",
    "sverige": "SE",
    "norge": "NO",
    "danmark": "DK",
    "deutschland": "DE",
}
LATIN = re.compile(r"[a-z]")
ALPHA2 = re.compile(r"[A-Z]{2}")
NOT_COUNTRIES = {"EU", "EZ", "UN", "XA", "XB", "QO", "ZZ"}


def folded(text: str) -> str:
    """Return the text in lower case without accents, words parted by one space (as lohko.tables.text folds)."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w]+", " ", plain).split())


def main() -> None:
    """Write countries.csv beside this script."""
    territories = {lang: Locale(lang).territories for lang in LANGUAGES}
    named = {str(code) for code in territories["en"]}
    codes = sorted(c for c in named if ALPHA2.fullmatch(c) and c not in NOT_COUNTRIES)
    meant: dict[str, set[str]] = {}
    for code in codes:
        meant.setdefault(code.lower(), set()).add(code)
        for lang in LANGUAGES:
            name = folded(territories[lang].get(code, ""))
            if LATIN.search(name):
                meant.setdefault(name, set()).add(code)
    for alias, targets in get_global("territory_aliases").items():
        if re.fullmatch(r"[A-Z]{3}", alias) and len(targets) == 1 and targets[0] in codes:
            meant.setdefault(alias.lower(), set()).add(targets[0])
    for text, code in EXTRA.items():
        meant[folded(text)] = {code}
    with (Path(__file__).parent / "countries.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("text", "country"))
        # A text that two countries share says nothing, so it is left out.
        writer.writerows((text, min(found)) for text, found in sorted(meant.items()) if len(found) == 1)


if __name__ == "__main__":
    main()
