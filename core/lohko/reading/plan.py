"""Column by column: what the text of a file means, and the expression that reads it.

A first plan is drawn from the first rows. It stands where the whole column fits it; where a cell does not, the evidence is counted over the
whole column and the plan drawn again (``passes``). So the outcome is that of the whole column, at the price of the sample.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import polars as pl

from lohko.errors import InputRefused, Place
from lohko.reading import dates, numerals, words
from lohko.reading.naming import Columns
from lohko.reading.params import IngestParams
from lohko.tables import Column, Table

_NUMERIC = ("decimal", "integer", "number")
_TIMED = ("timestamp", "date")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a column's cells look like: shapes and counts; for dates also how often a place is over 12."""

    shapes: Mapping[str, int]
    first_over_12: int = 0
    second_over_12: int = 0


@dataclass(frozen=True, slots=True)
class CellPlan:
    """How one column is read.

    Attributes
    ----------
    column : our column
    typed : the typed values, null where the text does not fit
    code : the reject code of a cell that does not fit (None: every text fits)
    form : how the cells are written, for findings and to see whether a plan changed
    """

    column: Column
    typed: pl.Expr = field(compare=False)
    code: str | None
    form: object


@dataclass(frozen=True, slots=True)
class Plan:
    """How the columns of a file are read, in the table's order; and the money signs seen in its cells."""

    cells: tuple[CellPlan, ...]
    currencies: frozenset[str] = frozenset()


def wants_evidence(column: Column) -> bool:
    """Tell whether the way a column is read depends on what it holds."""
    return column.type in _NUMERIC or column.type in _TIMED


def gather(rows: pl.LazyFrame, columns: Iterable[Column]) -> dict[str, Evidence]:
    """Count the shapes of the cells of some columns of a text table."""
    wanted = [c for c in columns if wants_evidence(c)]
    frames: list[pl.LazyFrame] = []
    for column in wanted:
        text = pl.col(column.name)
        shape = (numerals.number_shape if column.type in _NUMERIC else dates.date_shape)(text).alias("shape")
        frames.append(rows.select(shape).drop_nulls().group_by("shape").agg(n=pl.len()))
        if column.type in _TIMED:
            first, second = dates.over_12(text)
            frames.append(rows.select(first.alias("first"), second.alias("second")))
    found = iter(pl.collect_all(frames)) if frames else iter(())
    evidence: dict[str, Evidence] = {}
    for column in wanted:
        shapes = dict(sorted(next(found).iter_rows()))
        over = next(found).row(0) if column.type in _TIMED else (0, 0)
        evidence[column.name] = Evidence(shapes, over[0], over[1])
    return evidence


def draw(
    table: Table,
    evidence: Mapping[str, Evidence],
    params: IngestParams,
    columns: Columns,
    place: Place,
    *,
    whole: bool,
) -> Plan:
    """Draw the plan of a file.

    Parameters
    ----------
    columns : the columns of the file
    evidence : of the columns whose reading depends on what they hold
    whole : the evidence is that of the whole file, so that what it does not decide is decided by nobody

    Raises
    ------
    InputRefused
        ``dates_ambiguous``, ``dates_unknown``, ``numbers_ambiguous`` (only where ``whole``; otherwise such columns are read provisionally).
    """
    has = set(columns.names)
    theirs = columns.recognised
    cells: list[CellPlan] = []
    signs: dict[str | None, numerals.Sign] = {"comma": ",", "point": "."}
    declared = signs.get(params.decimal)
    numbers = {
        c.name: numerals.weigh(evidence[c.name].shapes) for c in table.columns if c.name in has and c.type in _NUMERIC
    }
    fallback = declared or _file_sign(numbers)
    currencies: set[str] = set()
    for column in table.columns:
        if column.name not in has:
            continue
        spot = Place(place.file, place.line, None, theirs.get(column.name, column.name))
        text = pl.col(column.name)
        if column.type in _NUMERIC:
            verdict = numerals.weigh(evidence[column.name].shapes, fallback=fallback)
            currencies |= verdict.currencies
            cells.append(_number(column, text, verdict, declared, spot, whole=whole))
        elif column.type in _TIMED:
            cells.append(_time(column, text, evidence[column.name], params, spot, whole=whole))
        elif column.type == "boolean":
            cells.append(_words(column, text, words.booleans(), code="bad_yes_no"))
        elif column.type == "enum":
            known = words.enumeration(table.name, column)
            lenient = table.name == "consents" and column.name == "status"  # an unknown word is an unknown permission
            cells.append(
                _words(
                    column, text, known, code=None if lenient else "bad_word", default="unknown" if lenient else None
                )
            )
        elif column.type == "country":
            cells.append(_words(column, text, words.countries(), code="bad_country"))
        elif column.name == "currency":
            cells.append(CellPlan(column, _currency(text, params.currency), None, "text"))
        else:
            cells.append(CellPlan(column, text, None, "text"))
    return Plan(tuple(cells), frozenset(currencies))


def _currency(text: pl.Expr, default: str | None) -> pl.Expr:
    """Bring signs and words for money to their codes; ``--currency`` fills what is empty."""
    signs = words.money_signs()
    code = text.str.to_lowercase().replace(list(signs), list(signs.values())).str.to_uppercase()
    return code.fill_null(default.upper()) if default else code


def _file_sign(verdicts: Mapping[str, numerals.Verdict]) -> numerals.Sign | None:
    """Return the decimal sign that the file's columns agree on, where any decides."""
    signs = {v.form.decimal for v in verdicts.values() if v.decided and v.form is not None and not v.form.strict}
    return signs.pop() if len(signs) == 1 else None


def _number(
    column: Column,
    text: pl.Expr,
    verdict: numerals.Verdict,
    declared: numerals.Sign | None,
    place: Place,
    *,
    whole: bool,
) -> CellPlan:
    form = verdict.form
    if declared is not None:
        general = form is None or form.general or form.decimal != declared
        form = numerals.NumberForm(declared, general=general, brackets=form is not None and form.brackets)
    if form is None:
        if whole:
            raise InputRefused(
                "numbers_ambiguous",
                f"{place.file}: the numbers of '{place.column_name}' may have a decimal comma or point, and nothing in the file decides",
                places=(place,),
            )
        form = numerals.NumberForm(".")
    reader = {"decimal": numerals.to_decimal, "integer": numerals.to_integer, "number": numerals.to_number}[column.type]
    return CellPlan(column, reader(text, form), "bad_number", form)


def _time(
    column: Column, text: pl.Expr, evidence: Evidence, params: IngestParams, place: Place, *, whole: bool
) -> CellPlan:
    declared = dates.declared_families(params.date_format)
    seen = dates.DateEvidence(evidence.shapes, evidence.first_over_12, evidence.second_over_12)
    dtype = pl.Datetime("us", "UTC") if column.type == "timestamp" else pl.Date()
    try:
        form = dates.weigh(seen, declared)
    except dates.Ambiguous as either:
        if whole:
            raise InputRefused(
                "dates_ambiguous",
                f"{place.file}: in '{place.column_name}' day and month cannot be told apart",
                hint=f"say which: --date-format {' or '.join(either.args)}",
                places=(place,),
            ) from None
        form = None
    if form is None:
        if whole and evidence.shapes and column.needed:
            raise InputRefused(
                "dates_unknown",
                f"{place.file}: no cell of '{place.column_name}' is a date in a form that lohko reads",
                hint=_date_hint(evidence.shapes),
                places=(place,),
            )
        return CellPlan(column, pl.lit(None, dtype=dtype), "bad_date", None)
    if column.type == "date":
        return CellPlan(column, dates.to_date(text, form), "bad_date", form)
    return CellPlan(column, dates.to_timestamp(text, form, params.timezone), "bad_date", form)


def _date_hint(shapes: Mapping[str, int]) -> str:
    common = max(shapes, key=lambda s: (shapes[s], s))
    if common in {"99999", "9999", "99999.99999"}:
        return "these look like Excel's day numbers: --date-format excel reads them"
    seconds = {"9" * 10: "epoch", "9" * 13: "epoch_ms"}
    if common in seconds:
        unit = {"epoch": "seconds", "epoch_ms": "thousandths of a second"}[seconds[common]]
        return f"these look like {unit} since 1970: --date-format {seconds[common]} reads them"
    if re.match(r"9{1,2}[./-]9{1,2}[./-]9{2}(?!9)", common):
        return "two-digit years are never guessed: export the dates with four digits"
    return "export the dates as yyyy-mm-dd or d.m.yyyy"


def _words(
    column: Column,
    text: pl.Expr,
    known: Mapping[str, str] | Mapping[str, bool],
    *,
    code: str | None,
    default: str | None = None,
) -> CellPlan:
    lower = text.str.to_lowercase()
    typed = lower.replace_strict(
        list(known),
        list(known.values()),
        default=default,
        return_dtype=pl.Boolean if column.type == "boolean" else pl.String,
    )
    return CellPlan(column, pl.when(text.is_not_null()).then(typed), code, "words")
