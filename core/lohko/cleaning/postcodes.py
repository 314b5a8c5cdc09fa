"""The step ``postcodes``: which codes exist, and the repair of those whose repair is sure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import polars as pl

from lohko.cleaning import postal_finland, postal_foreign
from lohko.cleaning.changes import appended, changed_rows
from lohko.cleaning.countries import home_country, phone_country, row_country
from lohko.cleaning.frames import in_order, taken
from lohko.cleaning.params import PostcodesParams
from lohko.cleaning.postal_finland import Address
from lohko.cleaning.postal_lists import place_key
from lohko.cleaning.postal_verdict import STATUSES, WRITTEN, Verdict
from lohko.outcome import Env, Finding, Level, StepResult
from lohko.parameters import Params

STEP = "postcodes"
# One postal system: Åland's codes stand in Posti's list.
FINNISH = ("FI", "AX")
_PO_BOX = r"(?i)^\s*(?:pl|pb|p\.?\s*o\.?\s*box|postilokero|box)\.?\s*\d"
_CASE = ("__country", "__phone", "__raw", "__city", "__town", "__kind", "__before")
# A column needs this many Finnish codes before it can show that its leading zeros are gone.
ENOUGH_CODES = 3


def postcodes(tables_in: Mapping[str, pl.LazyFrame], params: Params, env: Env) -> StepResult:
    """Check every postcode of ``customers`` and repair those whose repair is sure.

    The country comes first: the row's own; else Finland where code and place name agree; else the country of the phone
    prefix; else the register's (``home_country``). Then the code is judged on a ladder of statuses, of which only
    ``format_fixed`` and ``repaired_unique`` rewrite the value; all others are reported. A second run changes nothing.

    Returns
    -------
    StepResult with ``customers`` (column ``postcode_status`` added) and ``changes``; figures ``status`` (status to count of
    rows), ``changed`` (count) and ``home_country``.
    """
    assert isinstance(params, PostcodesParams)
    del env
    frame = taken(tables_in, "customers").collect()
    names = [name for name in frame.columns if name != "postcode_status"]
    if "postcode" not in names:
        frame = frame.with_columns(postcode=pl.lit(None, pl.String))
        names.append("postcode")
    home = home_country(frame, params.country)
    frame = frame.with_columns(_case_columns(frame))
    cases = frame.select(_CASE).unique()
    verdicts = _judged(cases, home.code)
    frame = frame.join(verdicts, on=list(_CASE), how="left", nulls_equal=True, maintain_order="left").with_columns(
        postcode=pl.coalesce("__new", "postcode"), postcode_status="__status"
    )
    made = changed_rows(
        frame,
        column="postcode",
        old="__raw",
        rule=pl.col("__rule"),
        confidence=pl.when(pl.col("__status") == "format_fixed").then(pl.lit(1.0)),
        step=STEP,
    )
    counts = Counter(dict(frame["__status"].value_counts(sort=False).iter_rows()))
    status = {name: counts[name] for name in STATUSES if counts[name]}
    return StepResult(
        tables={
            "customers": in_order(frame.select([*names, "postcode_status"])),
            "changes": appended(tables_in, [made]),
        },
        findings=tuple(_findings(status)),
        figures={
            "status": status,
            "changed": made.height,
            "home_country": {"country": home.code, "shown_by": home.shown_by},
        },
    )


def _case_columns(frame: pl.DataFrame) -> list[pl.Expr | pl.Series]:
    """Return the columns on which a verdict depends; rows that agree in them share it."""

    def column(name: str) -> pl.Expr:
        return pl.col(name) if name in frame.columns else pl.lit(None, pl.String)

    country = row_country(frame).alias("__country")
    # The phone speaks only where the row names no country.
    phone = pl.when(pl.lit(country).is_null()).then(phone_country(column("phone")))
    kind = (
        pl.when(column("street").str.contains(_PO_BOX))
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


def _judged(cases: pl.DataFrame, home: str | None) -> pl.DataFrame:
    """Return the cases with ``__status``, ``__new`` and ``__rule``."""
    keyed = cases.with_columns(city=place_key(pl.col("__city")), town=place_key(pl.col("__town")))
    zeros_lost = _zeros_lost(keyed, home)
    verdicts = []
    for country, phone, raw, _, _, kind, before, city, town in keyed.iter_rows():
        verdict = _verdict(country, phone or home, raw, Address(city, town, kind), zeros_lost=zeros_lost)
        if before and verdict.status.startswith("valid"):
            # Repaired by an earlier run: the row keeps that story.
            verdict = Verdict(before)
        verdicts.append((verdict.status, verdict.new, verdict.rule))
    schema = {"__status": pl.String, "__new": pl.String, "__rule": pl.String}
    return pl.concat([cases, pl.DataFrame(verdicts, schema=schema, orient="row")], how="horizontal")


def _verdict(named: str | None, assumed: str | None, raw: str | None, beside: Address, *, zeros_lost: bool) -> Verdict:
    if raw is None or not any(sign.isalnum() for sign in raw):
        return Verdict("missing")
    if named is None:
        finnish = postal_finland.judge(raw, beside, zeros_lost=zeros_lost and assumed in FINNISH)
        if assumed in FINNISH or (finnish.placed and finnish.status != "repaired_unique"):
            return finnish
        return postal_foreign.judge(raw, assumed, beside.city) if assumed else Verdict("ambiguous")
    if named in FINNISH:
        return postal_finland.judge(raw, beside, zeros_lost=zeros_lost)
    return postal_foreign.judge(raw, named, beside.city)


def _zeros_lost(cases: pl.DataFrame, home: str | None) -> bool:
    """Whether the Finnish codes of the column show a spreadsheet's trace: short values, and none that starts with 0."""
    country = pl.coalesce("__country", "__phone", pl.lit(home, pl.String))
    raw = cases.filter(country.is_in(FINNISH))["__raw"].drop_nulls().unique()
    codes = [postal_finland.cleaned(value) for value in raw]
    digits = [code for code in codes if code.isdigit()]
    return len(digits) >= ENOUGH_CODES and not any(code.startswith("0") for code in digits)


def _findings(status: Mapping[str, int]) -> list[Finding]:
    found = []
    for name in STATUSES:
        if name.startswith("valid") or not status.get(name):
            continue
        level: Level = "info" if name in (*WRITTEN, "foreign") else "warning"
        found.append(Finding(f"postcode_{name}", {"count": status[name]}, level))
    return found
