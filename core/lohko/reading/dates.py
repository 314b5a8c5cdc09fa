"""What a column's dates and times look like, and how they are read: one order of day, month and year for a whole column.

``3/1/2021`` is read only where the column decides (a 13 or more in one of the two places) or the user says so. Two-digit years are never
guessed, and days of Excel (44256) only read where they are declared.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from lohko.errors import UsageFault

_MONTH = "(?i:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:tember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
_DATES: dict[str, tuple[str, str]] = {  # family → (shape, chrono format)
    "iso": (r"9{4}-9{1,2}-9{1,2}", "%Y-%m-%d"),
    "yyyy/mm/dd": (r"9{4}/9{1,2}/9{1,2}", "%Y/%m/%d"),
    "d.m.yyyy": (r"9{1,2}\.9{1,2}\.9{4}", "%d.%m.%Y"),
    "d/m/yyyy": (r"9{1,2}/9{1,2}/9{4}", "%d/%m/%Y"),
    "m/d/yyyy": (r"9{1,2}/9{1,2}/9{4}", "%m/%d/%Y"),
    "d-m-yyyy": (r"9{1,2}-9{1,2}-9{4}", "%d-%m-%Y"),
    "m-d-yyyy": (r"9{1,2}-9{1,2}-9{4}", "%m-%d-%Y"),
    "yyyymmdd": (r"9{8}", "%Y%m%d"),
    "d-mon-yyyy": (rf"9{{1,2}}-{_MONTH}-9{{4}}", "%d-%B-%Y"),
    "d mon yyyy": (rf"9{{1,2}} {_MONTH} 9{{4}}", "%d %B %Y"),
    "mon d yyyy": (rf"{_MONTH} 9{{1,2}}, 9{{4}}", "%B %d, %Y"),
}
_CLOCKS_12 = {"m/d/yyyy", "m-d-yyyy", "d/m/yyyy", "d-m-yyyy", "iso", "d-mon-yyyy", "d mon yyyy", "mon d yyyy"}
_SWAPPED = {"d/m/yyyy": "m/d/yyyy", "d-m-yyyy": "m-d-yyyy"}
_TIMES: tuple[tuple[str, str], ...] = (
    (r"", ""),
    (r"9{1,2}:9{2}", "%H:%M"),
    (r"9{1,2}:9{2}:9{2}", "%H:%M:%S"),
    (r"9{1,2}:9{2}:9{2}\.9{1,9}", "%H:%M:%S%.f"),
    (r"9{1,2}:9{2} ?[AaPp][Mm]", "%I:%M %p"),
    (r"9{1,2}:9{2}:9{2} ?[AaPp][Mm]", "%I:%M:%S %p"),
    (r"9{1,2}\.9{2}", "%H.%M"),
    (r"9{1,2}\.9{2}\.9{2}", "%H.%M.%S"),
)
_GAP = re.compile(r"(?P<gap>, | klo | kl\.? |T| +)")
_ZONE = re.compile(r"(?P<gap> ?)(?P<zone>Z|UTC|[+-]9{2}:?9{2}|[+-]9{2})$")
_EARLIEST, _LATEST = dt.datetime(1000, 1, 1), dt.datetime(9999, 12, 31, 23, 59, 59)  # noqa: DTZ001 - bounds of naive times
EXCEL = "excel"
_NUMBERS = {
    EXCEL: 86_400_000_000,
    "epoch": 1_000_000,
    "epoch_ms": 1_000,
}  # read only where declared; microseconds of one unit


@dataclass(frozen=True, slots=True)
class DateForm:
    """How the dates of a column are written.

    Attributes
    ----------
    family : the order of day, month and year, such as ``d.m.yyyy``; several where the user said so
    formats : chrono formats, the commonest first, each with True where it holds a zone
    strict : True where both orders of day and month occur, so that ``3/1/2021`` cannot be read and is a reject
    """

    family: str
    formats: tuple[tuple[str, bool], ...]
    strict: bool = False


@dataclass(frozen=True, slots=True)
class DateEvidence:
    """Shapes with their counts, and how often the first and the second number is 13 or more."""

    shapes: Mapping[str, int]
    first_over_12: int = 0
    second_over_12: int = 0


class Ambiguous(Exception):
    """Day and month cannot be told apart; its arguments are the two forms that fit."""


def date_shape(text: pl.Expr) -> pl.Expr:
    """Reduce dates to their shape: digits become 9."""
    return text.str.replace_all(r"\d", "9")


def over_12(text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Count the cells like 13/1/2021 and 1/13/2021."""
    first = text.str.contains(r"^(1[3-9]|2\d|3[01])[/-]\d{1,2}[/-]\d{4}")
    second = text.str.contains(r"^\d{1,2}[/-](1[3-9]|2\d|3[01])[/-]\d{4}")
    return first.sum(), second.sum()


def declared_families(words: str | None) -> tuple[str, ...]:
    """Return the families named by ``--date-format``.

    Raises
    ------
    UsageFault
        An unknown name (``option_value``).
    """
    if words is None:
        return ()
    names = tuple(w.strip().lower().replace("dd", "d").replace("mm", "m") for w in words.split(",") if w.strip())
    aliases = {"yyyy-m-d": "iso", "yyyymd": "yyyymmdd", "yyyy/m/d": "yyyy/mm/dd"}
    names = tuple(aliases.get(n, n) for n in names)
    for name in names:
        if name not in _DATES and name not in _NUMBERS:
            known = ", ".join((*_DATES, *_NUMBERS))
            raise UsageFault("option_value", f"--date-format does not take '{name}'", hint=f"it takes {known}")
    return names


def weigh(evidence: DateEvidence, declared: tuple[str, ...] = ()) -> DateForm | None:
    """Decide how a column's dates are written; None where no cell has a form that is known.

    Raises
    ------
    Ambiguous
        The order of day and month cannot be told.
    """
    counts: Counter[str] = Counter()
    formats: dict[str, Counter[tuple[str, bool]]] = {}
    for shape, count in evidence.shapes.items():
        for family, form in _read_shape(shape.strip()):
            counts[family] += count
            formats.setdefault(family, Counter())[form] += count
    if declared:
        chosen = [f for f in declared if f in counts or f in _NUMBERS]
        if not chosen:
            return None
        known = [form for f in chosen if f in formats for form, _ in _ordered(formats[f])]
        known.extend((name, False) for name in _NUMBERS if name in chosen)
        return DateForm(", ".join(chosen), tuple(known))
    if not counts:
        return None
    family = max(counts, key=lambda f: (counts[f], -list(_DATES).index(f)))
    strict = False
    if family in _SWAPPED:
        first, second = evidence.first_over_12, evidence.second_over_12
        if first == second:
            raise Ambiguous(family, _SWAPPED[family])
        strict = first > 0 and second > 0
        if second > first:
            family = _SWAPPED[family]
    return DateForm(family, tuple(form for form, _ in _ordered(formats[family])), strict)


def _ordered(counter: Counter[tuple[str, bool]]) -> list[tuple[tuple[str, bool], int]]:
    return sorted(counter.items(), key=lambda item: (-item[1], item[0]))


def _read_shape(shape: str) -> list[tuple[str, tuple[str, bool]]]:
    """Return the families a shape may be of, each with its chrono format and whether it has a zone."""
    found = []
    for family, (pattern, date) in _DATES.items():
        hit = re.match(pattern, shape)
        if hit is None:
            continue
        rest = shape[hit.end() :]
        zone, ending = False, ""
        if rest and (z := _ZONE.search(rest)) and ":" in rest[: z.start()]:
            zone, ending = True, z["gap"] + ("UTC" if z["zone"] == "UTC" else "%#z")
            rest = rest[: z.start()]
        gap = ""
        if rest:
            g = _GAP.match(rest)
            if g is None:
                continue
            gap, rest = g["gap"], rest[g.end() :]
            if not rest:
                continue
        for pattern_, time in _TIMES:
            if re.fullmatch(pattern_, rest) and ("p" not in time or family in _CLOCKS_12):
                clock = time.replace(" %p", "%p") if " " not in rest else time
                found.append((family, (date + gap + clock + ending, zone)))
                break
    return found


def to_timestamp(text: pl.Expr, form: DateForm, zone: str) -> pl.Expr:
    """Read times as UTC; null where the text does not have the form.

    Times without a zone are those of ``zone``. Of an hour that comes twice (the end of summer time) the first is meant;
    a time in the hour that is left out is moved on by the length of the gap, as clocks are.
    """
    return pl.coalesce(*(_one(text, f, zoned, zone, strict=form.strict) for f, zoned in form.formats))


def to_date(text: pl.Expr, form: DateForm) -> pl.Expr:
    """Read dates; a time of day beside them is left out."""
    return to_timestamp(text, form, "UTC").dt.date()


def _one(text: pl.Expr, format_: str, zoned: bool, zone: str, *, strict: bool) -> pl.Expr:
    if format_ in _NUMBERS and format_ != EXCEL:
        since = text.cast(pl.Decimal(20, 6), strict=False) * _NUMBERS[format_]
        time = since.cast(pl.Int64, strict=False).cast(pl.Datetime("us"))
        return pl.when(time.is_between(_EARLIEST, _LATEST)).then(time).dt.replace_time_zone("UTC")
    if format_ == EXCEL:
        days = text.cast(pl.Float64, strict=False)
        micros = (days * _NUMBERS[EXCEL]).round().cast(pl.Int64, strict=False)
        naive = pl.when(days.is_between(1, 2_958_466)).then(
            pl.lit(dt.datetime(1899, 12, 30)) + pl.duration(microseconds=micros)  # noqa: DTZ001 - Excel's day zero
        )
        return localise(naive.cast(pl.Datetime("us")), zone)
    if strict:
        text = pl.when(~text.str.contains(r"^(0?[1-9]|1[0-2])[/-](0?[1-9]|1[0-2])[/-]")).then(text)
    if zoned:
        format_ = format_.replace("UTC", "%#z") if format_.endswith("UTC") else format_
        text = text.str.replace(r"UTC$", "Z")
        time = text.str.to_datetime(format_, time_unit="us", strict=False)
        if not format_.endswith("z"):
            time = time.dt.replace_time_zone("UTC")
        return pl.when(time.dt.replace_time_zone(None).is_between(_EARLIEST, _LATEST)).then(
            time.dt.convert_time_zone("UTC")
        )
    if "%H" in format_ or "%I" in format_:
        plain = text.str.to_datetime(format_, time_unit="us", strict=False)
    else:
        if format_ == "%Y%m%d":  # the parser would take 2021112, too
            text = pl.when(text.str.len_bytes() == 8).then(text)
        plain = text.str.to_date(format_, strict=False).cast(pl.Datetime("us"))
    return localise(pl.when(plain.is_between(_EARLIEST, _LATEST)).then(plain), zone)


def localise(naive: pl.Expr, zone: str) -> pl.Expr:
    """Take naive times as those of a zone, and bring them to UTC."""
    if zone == "UTC":
        return naive.dt.replace_time_zone("UTC")
    hour = pl.duration(hours=1)
    there = naive.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC")
    moved = (naive - hour).dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    return pl.coalesce(there, moved.dt.convert_time_zone("UTC") + hour)
