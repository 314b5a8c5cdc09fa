"""What a column's numbers look like, and how they are read: one decimal sign for a whole column, decided by evidence.

``1,234`` may be a thousand or one and a bit. What decides is the column: a number with both signs, a sign that stands twice, or a count of
digits that no thousands group has. Where nothing decides, the file's other columns do; where they do not either, lohko asks.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

import polars as pl

from lohko.reading.words import money_signs
from lohko.tables.types import MONEY

Sign = Literal[",", "."]
_SPACES = " \u00a0\u202f\u2009'\u2019"
_DASHES = "\u2212\u2013"
_BRACKETS = r"^([^()]*)\(([^()]+)\)([^()]*)$"


@dataclass(frozen=True, slots=True)
class NumberForm:
    """How the numbers of a column are written.

    Attributes
    ----------
    decimal : the decimal sign
    general : True where there are thousands groups, money signs or odd minus signs to take off
    strict : True where both decimal signs occur, so that ``1,234`` cannot be read and is a reject
    bare : True where no sign was seen in the cells looked at: a cell with one does not fit, and calls for a look at the whole column
    brackets : True where ``(12,00)`` is minus twelve, as accountants write it: no other number of the column has a minus
    """

    decimal: Sign = "."
    general: bool = False
    strict: bool = False
    bare: bool = False
    brackets: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the evidence says: the form, or None where it is ambiguous; whether there was a decimal sign at all; money signs seen."""

    form: NumberForm | None
    decided: bool
    currencies: frozenset[str] = frozenset()


def number_shape(text: pl.Expr) -> pl.Expr:
    """Reduce numbers to their shape: digits become 9, a leading zero before a decimal sign z."""
    return text.str.replace(r"^(\D*)0([.,]\d)", "${1}z$2").str.replace_all(r"\d", "9")


@cache
def _money() -> str:
    words = sorted(money_signs(), key=len, reverse=True)
    return "|".join(re.escape(w) for w in words)


@cache
def _shape_pattern() -> re.Pattern[str]:
    return re.compile(
        rf"[-+{_DASHES}]?\s*(?P<before>{_money()})?\s*[-+{_DASHES}]?(?P<core>[9z.,{_SPACES}]*[9z][9z.,{_SPACES}]*?)\s*(?P<after>{_money()})?-?",
        re.IGNORECASE,
    )


def weigh(shapes: Mapping[str, int], *, fallback: Sign | None = None) -> Verdict:
    """Decide how a column's numbers are written from its shapes and their counts.

    Parameters
    ----------
    shapes : shape (see ``number_shape``) → count
    fallback : the decimal sign of the file's other columns, used where this column does not decide
    """
    votes: Counter[str] = Counter()
    currencies: set[str] = set()
    dressed = False  # thousands groups, money signs or odd minus signs
    bracketed = signed = False
    for shape, count in shapes.items():
        bare_shape = re.sub(_BRACKETS, r"\1\2\3", shape.strip())
        hit = _shape_pattern().fullmatch(bare_shape)
        if hit is None:
            continue
        bracketed = bracketed or bare_shape != shape.strip()
        signed = signed or any(sign in bare_shape for sign in f"-{_DASHES}")
        currencies.update(money_signs()[hit[group].lower()] for group in ("before", "after") if hit[group])
        core = hit["core"].strip(_SPACES)
        votes[_vote(re.sub(f"[{_SPACES}]", "", core))] += count
        dressed = dressed or shape.strip() not in {core, f"-{core}", f"+{core}"} or any(s in core for s in _SPACES)
        dressed = dressed or core.count(",") + core.count(".") > 1
    comma, point = votes[","], votes["."]
    decided = bool(comma or point)
    sign: Sign | None
    if comma and point:
        sign = "," if comma > point else "." if point > comma else None
    elif decided:
        sign = "," if comma else "."
    elif votes["?,"] or votes["?."]:
        sign = fallback
    else:
        sign = fallback or "."
    if sign is None:
        return Verdict(None, decided, frozenset(currencies))
    grouped = votes["?." if sign == "," else "?,"] > 0
    mixed = bool(comma and point)
    bare = not decided and fallback is None
    brackets = bracketed and not signed
    form = NumberForm(sign, general=dressed or grouped or mixed, strict=mixed, bare=bare, brackets=brackets)
    return Verdict(form, decided, frozenset(currencies))


def _vote(core: str) -> str:
    """Which decimal sign a number speaks for: ``,`` or ``.``, ``?,`` or ``?.`` where it may be either, or nothing."""
    signs = [c for c in core if c in ",."]
    if not signs:
        return ""
    last = signs[-1]
    if len(set(signs)) == 2:
        return last if signs.count(last) == 1 else "!"
    if len(signs) > 1:
        return "." if last == "," else ","
    before, after = core.split(last)
    if len(after) != 3 or len(before) > 3 or before in ("", "z"):
        return last
    return "?" + last


def parse_number(text: pl.Expr, form: NumberForm) -> pl.Expr:
    """Bring numbers as text to plain text with a decimal point; what does not fit the form becomes null."""
    if form.bare:
        text = pl.when(~text.str.contains("[.,]")).then(text)
    if not form.general:
        if form.decimal == ".":
            return text
        # A point in a column of decimal commas is no number: it must not slip through as one.
        return pl.when(~text.str.contains(".", literal=True)).then(text.str.replace(",", ".", literal=True))
    if form.brackets:
        text = text.str.replace(_BRACKETS, "-${1}${2}${3}")
    group = "." if form.decimal == "," else ","
    sign, other = re.escape(form.decimal), re.escape(group)
    money = f"(?i:{_money()})"
    pattern = (
        rf"^([-+{_DASHES}]?)\s*(?:{money})?\s*([-+{_DASHES}]?)\s*"
        rf"(\d{{1,3}}(?:[{_SPACES}]\d{{3}})+|\d{{1,3}}(?:{other}\d{{3}})+|\d*)"
        rf"(?:{sign}(\d*))?\s*(?:{money})?(-?)$"
    )
    parts = text.str.extract_groups(pattern)
    fields = [parts.struct.field(str(n)).fill_null("") for n in range(1, 6)]
    minus = pl.any_horizontal(*(f.is_in(["-", *_DASHES]) for f in (fields[0], fields[1], fields[4])))
    digits = fields[2].str.replace_all(r"\D", "")
    read = pl.concat_str(pl.when(minus).then(pl.lit("-")).otherwise(pl.lit("")), digits, pl.lit("."), fields[3])
    signs = pl.sum_horizontal(f.str.len_chars() for f in (fields[0], fields[1], fields[4]))
    whole = parts.struct.field("3").is_not_null() & (signs <= 1) & ((digits != "") | (fields[3] != ""))
    if form.strict:
        whole = whole & ~text.str.contains(r"^[^\d]*[1-9]\d{0,2}[.,]\d{3}[^\d.,]*$")
    # Numbers like 1.5e3 have no groups or signs to take off.
    power = text.str.contains(r"^[-+]?\d+([.,]\d+)?[eE][-+]?\d{1,3}$")
    return pl.when(whole).then(read).when(power).then(text.str.replace(",", ".", literal=True))


def to_decimal(text: pl.Expr, form: NumberForm) -> pl.Expr:
    """Read money and quantities exactly, as Decimal(18, 4); null where the text is not such a number."""
    return parse_number(text, form).cast(MONEY, strict=False)


def to_integer(text: pl.Expr, form: NumberForm) -> pl.Expr:
    """Read whole numbers; null where the text is not one."""
    value = to_decimal(text, form)
    return pl.when(value == value.floor()).then(value.cast(pl.Int64, strict=False))


def to_number(text: pl.Expr, form: NumberForm) -> pl.Expr:
    """Read numbers as floats; null where the text is not a finite number."""
    value = parse_number(text, form).cast(pl.Float64, strict=False)
    return pl.when(value.is_finite()).then(value)
