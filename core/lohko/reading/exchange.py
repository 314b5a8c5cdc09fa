"""Several currencies in one table: brought to one by the rates that the user gives, never by rates of our own.

``--rate SEK=0.0873`` says what one unit of a currency is worth in ``--currency``. The amounts as they came stay beside the new ones, in
``amount_original`` and the like, with ``currency_original``. A rate is one number for all days: where that is too coarse, the amounts are
to be converted before they are read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path

import polars as pl

from lohko.errors import UsageFault
from lohko.outcome import Finding
from lohko.reading.params import IngestParams
from lohko.reading.passes import Part
from lohko.tables.types import MONEY

_MONEY = {
    "transactions": ("amount", "unit_price", "margin"),
    "subscriptions": ("price",),
    "touchpoints": ("cost",),
    "campaigns": ("fixed_cost", "cost_per_contact"),
}
_MINOR = pl.lit(10_000, pl.Decimal(38, 0))
_TOO_MUCH = 10**18  # minor units that no longer fit decimal(18,4)
_LONGEST = 12  # digits after the point of a rate


def given_rates(params: IngestParams) -> Mapping[str, Decimal]:
    """Return the rates by currency, in upper case.

    Raises
    ------
    UsageFault
        ``option_value``: no CODE=RATE, one code twice, or no ``--currency`` that they lead to.
    """
    rates: dict[str, Decimal] = {}
    for word in params.rate:
        code, _, number = word.partition("=")
        code = code.strip().upper()
        try:
            rate = Decimal(number.strip())
        except InvalidOperation:
            rate = Decimal(0)
        if not code or not rate.is_finite() or not 0 < rate < 10**6 or rate != round(rate, _LONGEST):
            hint = "give what one unit is worth in --currency, such as SEK=0.0873"
            raise UsageFault("option_value", f"--rate does not take '{word}'", hint=hint)
        if code in rates:
            raise UsageFault("option_value", f"--rate names {code} twice")
        rates[code] = rate
    if rates and params.currency is None:
        raise UsageFault("option_value", "--rate needs --currency, the currency that amounts are brought to")
    if rates and params.currency is not None and params.currency.upper() in rates:
        raise UsageFault(
            "option_value", f"--rate gives a rate for {params.currency.upper()}, which is --currency itself"
        )
    return rates


def exchange(name: str, table: str, part: Part, params: IngestParams, path: Path) -> tuple[Part, list[Finding]]:
    """Bring a file's money to ``--currency``, where rates are given for what it holds, and say so.

    What has no rate is left as it is, for the check of the whole table to refuse.

    Parameters
    ----------
    name : the file, for messages
    path : where its rows go, if any money is changed

    Raises
    ------
    UsageFault
        ``option_value``: an amount would be larger than money can be.
    """
    rates = given_rates(params)
    columns = [c for c in _MONEY.get(table, ()) if c in part.names]
    if not rates or not columns or params.currency is None:
        return part, []
    target = params.currency.upper()
    signs = {sign.upper() for sign in part.plan.currencies}
    rows = pl.scan_parquet(part.path, glob=False)
    if "currency" in part.names:
        code = pl.col("currency")
        held = set(rows.select(code).drop_nulls().unique().collect()["currency"])
        if not signs <= held | {target}:
            return part, []  # a cell's own sign contradicts its row
    elif len(signs) == 1:
        held = signs
        code = pl.lit(next(iter(signs)))
    else:
        return part, []
    wanted = sorted(held & rates.keys())
    if not wanted:
        return part, []
    used = {c: rates[c] for c in wanted}
    foreign = code.is_in(wanted).fill_null(value=False)
    new = {c: _converted(c, code, used) for c in columns}
    largest = rows.select(pl.max_horizontal(minor.abs().max() for minor in new.values())).collect().item()
    if largest is not None and largest >= _TOO_MUCH:
        raise UsageFault("option_value", f"{name}: --rate makes amounts larger than decimal(18,4) can hold")
    changed = [
        pl.when(foreign).then((minor.cast(pl.Decimal(38, 4)) / _MINOR).cast(MONEY)).otherwise(pl.col(c)).alias(c)
        for c, minor in new.items()
    ]
    kept = [pl.when(foreign).then(pl.col(c)).alias(f"{c}_original") for c in columns]
    kept.append(pl.when(foreign).then(code).alias("currency_original"))
    if "currency" in part.names:
        changed.append(pl.when(foreign).then(pl.lit(target)).otherwise(code).alias("currency"))
    counts = dict(rows.select(code.alias("code")).group_by("code").len().collect().iter_rows())
    rows.with_columns(*changed, *kept).sink_parquet(path, maintain_order=True)
    part.path.unlink()
    names = (*part.names, *(f"{c}_original" for c in columns), "currency_original")
    plan = replace(part.plan, currencies=frozenset(signs - set(wanted) | {target}))
    told = [
        Finding(
            "exchanged",
            {"file": name, "table": table, "count": counts[c], "from": c, "to": target, "rate": str(used[c])},
        )
        for c in wanted
    ]
    return replace(part, path=path, names=names, plan=plan), told


def _converted(column: str, code: pl.Expr, rates: Mapping[str, Decimal]) -> pl.Expr:
    """Return a money column of other currencies in minor units of the one: multiplied exactly, on integers, halves to even."""
    found = pl.lit(None, pl.Int128)
    for name, rate in rates.items():
        top, bottom = rate.as_integer_ratio()
        whole = pl.col(column).to_physical().cast(pl.Int128) * pl.lit(top, pl.Int128)
        below = whole // bottom
        twice = 2 * (whole - below * bottom)
        up = (twice > bottom) | ((twice == bottom) & (below % 2 == 1))
        found = pl.when(code == name).then(below + up.cast(pl.Int128)).otherwise(found)
    return found
