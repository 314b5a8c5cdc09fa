"""Which verdict each row gets: rows that agree in all that a verdict depends on share it, so each case is judged once."""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from lohko.cleaning import postal_finland, postal_foreign
from lohko.cleaning.countries import phone_country, row_country
from lohko.cleaning.postal_book import PostalBook
from lohko.cleaning.postal_finland import Address, Reliance
from lohko.cleaning.postal_lists import place_key
from lohko.cleaning.postal_review import REVIEWED, worded
from lohko.cleaning.postal_verdict import WRITTEN, Verdict

# One postal system: Åland's codes stand in Posti's list.
FINNISH = ("FI", "AX")
# Countries whose codes and places stand in Finnish registers without a country beside them.
NEIGHBOURS = ("SE", "NO", "DK", "IS", "DE")
PO_BOX = r"(?i)^\s*(?:pl|pb|p\.?\s*o\.?\s*box|postilokero|box)\.?\s*\d"
_CASE = ("__country", "__phone", "__raw", "__city", "__town", "__kind", "__before")
# A column needs this many Finnish codes before it can show that its leading zeros are gone.
ENOUGH_CODES = 3
# Of the short values, so large a share may be something else than a code without its zeros.
MOST_UNEXPLAINED = 0.01
# Repairs by place rest on the place names being right. Where, of at least so many rows with an existing code, a smaller
# share than this has a place that fits it, the place names are in doubt and no digit is rewritten by them.
ENOUGH_PLACES = 50
PLACES_AGREE = 0.9


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdicts on a register.

    Attributes
    ----------
    rows : the customers with ``__case``, ``__raw``, ``__status``, ``__new`` (null: as it stands) and ``__rule``
    candidates : by case, the codes it may have meant, worded for people
    places_agree : of the rows with an existing Finnish code and a place name, the share whose place fits (None: no such rows)
    trusted : whether place names were relied on to repair digits
    """

    rows: pl.DataFrame
    candidates: dict[int, str]
    places_agree: float | None
    trusted: bool


def judged(customers: pl.DataFrame, home: str | None, book: PostalBook, *, places_right: bool = False) -> Judged:
    """Judge every row's postcode.

    Parameters
    ----------
    customers : with ``postcode``; what is there of ``country``, ``phone``, ``street``, ``city``, ``municipality`` is used
    home : country of rows that show none
    book : the Finnish codes to go by
    places_right : the user says that the register's place names are right
    """
    frame = customers.with_columns(_case_columns(customers))
    cases = frame.group_by(_CASE).len("__rows").sort(_CASE).with_row_index("__case")
    places = book.places
    keyed = cases.with_columns(city=place_key(pl.col("__city")), town=place_key(pl.col("__town")))
    beside = [
        Address(places.meant(city) | places.meant(town), city is not None or town is not None, kind)
        for city, town, kind in keyed.select("city", "town", "__kind").iter_rows()
    ]
    share, rows = _agreement(keyed, home, beside, book)
    trusted = share is None or rows < ENOUGH_PLACES or share >= PLACES_AGREE
    verdicts: list[tuple[str, str | None, str | None]] = []
    candidates: dict[int, str] = {}
    judge = _Judge(book, Reliance(_zeros_lost(keyed, home, book), trusted, places_right))
    wanted = keyed.select("__case", "__country", "__phone", "__raw", "__before", "city")
    for (case, country, phone, raw, before, city), address in zip(wanted.iter_rows(), beside, strict=True):
        verdict = judge.verdict(country, phone or home, raw, address, city)
        if before and verdict.status.startswith("valid"):
            # Repaired by an earlier run: the row keeps that story.
            verdict = Verdict(before)
        if verdict.status in REVIEWED:
            candidates[case] = worded(verdict.candidates, book)
        verdicts.append((verdict.status, verdict.new, verdict.rule))
    schema = {"__status": pl.String, "__new": pl.String, "__rule": pl.String}
    told = pl.concat(
        [cases.select("__case", *_CASE), pl.DataFrame(verdicts, schema=schema, orient="row")], how="horizontal"
    )
    joined = frame.join(told, on=list(_CASE), how="left", nulls_equal=True, maintain_order="left")
    return Judged(joined, candidates, share, trusted)


@dataclass(frozen=True, slots=True)
class _Judge:
    book: PostalBook
    on: Reliance

    def verdict(
        self, named: str | None, assumed: str | None, raw: str | None, beside: Address, city: str | None
    ) -> Verdict:
        """Return the verdict: the country first, then the code."""
        if raw is None or not any(sign.isalnum() for sign in raw):
            return Verdict("missing")
        if named is not None:
            return self._finnish(raw, beside, named) if named in FINNISH else postal_foreign.judge(raw, named, city)
        finnish = self._finnish(raw, beside, assumed)
        if finnish.placed and finnish.status != "repaired_unique":
            return finnish
        if city is not None and beside.names.isdisjoint(self.book.codes_of):
            # No place of Finland is called so: a neighbour's, where code and place agree there?
            found = [postal_foreign.judge(raw, country, city) for country in NEIGHBOURS]
            fits = [verdict for verdict in found if verdict.placed]
            if len(fits) == 1:
                return fits[0]
        if assumed in FINNISH:
            return finnish
        return postal_foreign.judge(raw, assumed, city) if assumed else Verdict("ambiguous")

    def _finnish(self, raw: str, beside: Address, country: str | None) -> Verdict:
        on = self.on if country in FINNISH else replace(self.on, zeros_lost=False)
        return postal_finland.judge(raw, beside, self.book, on)


def _case_columns(frame: pl.DataFrame) -> list[pl.Expr | pl.Series]:
    """Return the columns on which a verdict depends."""

    def column(name: str) -> pl.Expr:
        return pl.col(name) if name in frame.columns else pl.lit(None, pl.String)

    country = row_country(frame).alias("__country")
    # The phone speaks only where the row names no country.
    phone = pl.when(pl.lit(country).is_null()).then(phone_country(column("phone")))
    kind = (
        pl.when(column("street").str.contains(PO_BOX))
        .then(pl.lit("po_box"))
        .when(column("street").str.contains(r"\S"))
        .then(pl.lit("street"))
    )
    before = column("postcode_status")
    return [
        country,
        phone.alias("__phone"),
        pl.col("postcode").alias("__raw"),
        column("city").alias("__city"),
        column("municipality").alias("__town"),
        kind.alias("__kind"),
        pl.when(before.is_in(WRITTEN)).then(before).alias("__before"),
    ]


def _agreement(
    cases: pl.DataFrame, home: str | None, beside: list[Address], book: PostalBook
) -> tuple[float | None, int]:
    """Return the share of rows whose place fits their existing Finnish code, and the number of rows with both."""
    rows = agree = 0
    wanted = cases.select("__country", "__phone", "__raw", "__rows")
    for (country, phone, raw, count), address in zip(wanted.iter_rows(), beside, strict=True):
        if raw is None or not address.written or (country or phone or home) not in FINNISH:
            continue
        code = postal_finland.restored(raw, address, book)
        if code is not None:
            rows += count
            agree += 0 if address.names.isdisjoint(book.names.get(code, ())) else count
    return (round(agree / rows, 4) if rows else None), rows


def _zeros_lost(cases: pl.DataFrame, home: str | None, book: PostalBook) -> bool:
    """Whether the Finnish codes of the column show a spreadsheet's trace: short values, and none that starts with 0.

    Short values that are no code with its zeros given back tell of digits that are missing: where there are more than a few,
    a short value that happens to be one proves nothing.
    """
    country = pl.coalesce("__country", "__phone", pl.lit(home, pl.String))
    raw = cases.filter(country.is_in(FINNISH)).group_by("__raw").agg(pl.col("__rows").sum()).drop_nulls()
    codes = [(postal_finland.cleaned(value), rows) for value, rows in raw.iter_rows()]
    digits = [(code, rows) for code, rows in codes if code.isdigit()]
    if len(digits) < ENOUGH_CODES or any(code.startswith("0") for code, _ in digits):
        return False
    short = [(code, rows) for code, rows in digits if len(code) < 5]
    unexplained = sum(
        rows for code, rows in short if code.zfill(5) not in book.types and code.zfill(5) not in book.retired
    )
    return bool(unexplained <= MOST_UNEXPLAINED * sum(rows for _, rows in short))
