"""Parameters of reading. Nothing heavy is imported here: ``lohko --help`` reads it."""

from __future__ import annotations

from dataclasses import dataclass

from lohko.parameters import Params, option


@dataclass(frozen=True, slots=True)
class IngestParams(Params):
    """Parameters of ``lohko ingest``: each is found out from the file where it is not given."""

    timezone: str = option("UTC", "zone of times written without one (IANA name)", metavar="ZONE")
    encoding: str | None = option(None, "how the files' characters are stored, such as cp1252", metavar="NAME")
    delimiter: str | None = option(None, "what stands between fields", choices=(",", ";", "tab", "|"))
    decimal: str | None = option(None, "the decimal sign of numbers", choices=("comma", "point"))
    date_format: str | None = option(
        None,
        "form of dates, or several with commas: iso, d.m.yyyy, d/m/yyyy, m/d/yyyy, d-m-yyyy, m-d-yyyy, yyyymmdd, "
        "d-mon-yyyy, d mon yyyy, mon d yyyy, excel, epoch, epoch_ms",
        metavar="FORM",
    )
    currency: str | None = option(
        None, "currency of amounts that name none (ISO 4217); a column of currencies must agree", metavar="CODE"
    )
    rate: tuple[str, ...] = option(
        (),
        "what one unit of another currency is worth in --currency, such as SEK=0.0873; else several are refused",
        metavar="CODE=RATE",
    )
