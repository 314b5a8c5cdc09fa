"""Which verdict each row gets: rows that agree in all that a verdict depends on share it, so each case is judged once."""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from lohko.cleaning import postal_finland, postal_foreign
from lohko.cleaning.countries import phone_country, row_country
from lohko.cleaning.postal_book import PostalBook
from lohko.cleaning.postal_finland import FINNISH, Address, Reliance
from lohko.cleaning.postal_lists import place_key
from lohko.cleaning.postal_reliance import Shown, shown
from lohko.cleaning.postal_review import REVIEWED, worded
from lohko.cleaning.postal_verdict import WRITTEN, Verdict

# Countries whose codes and places stand in Finnish registers without a country beside them.
NEIGHBOURS = ("SE", "NO", "DK", "IS", "DE")
PO_BOX = r"(?i)^\s*(?:pl|pb|p\.?\s*o\.?\s*box|postilokero|box)\.?\s*\d"
_CASE = ("__country", "__phone", "__raw", "__city", "__town", "__kind", "__before")


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdicts on a register.

    Attributes
    ----------
    rows : the customers with ``__case``, ``__raw``, ``__status``, ``__new`` (null: as it stands) and ``__rule``
    candidates : by case, the codes it may have meant, worded for people
    shown : what the register shows of its place names, and what it was relied on for
    """

    rows: pl.DataFrame
    candidates: dict[int, str]
    shown: Shown


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
    shows = shown(keyed, home, beside, book, right=places_right)
    verdicts: list[tuple[str, str | None, str | None]] = []
    candidates: dict[int, str] = {}
    judge = _Judge(book, shows.on)
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
    return Judged(joined, candidates, shows)


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
        if city is not None and not self.book.knows(beside.names):
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
