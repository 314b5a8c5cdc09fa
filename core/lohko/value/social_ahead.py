"""What social acts are still to come: days with one, by the models of buying, times what such a day is worth.

Measured on two communities, this ranked those whose contributions were valued later on better than their past votes, their
place in the network, or PageRank did (docs/value.md). A day is worth the customer's points per active day, shrunk
towards everyone's where there are few.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import polars as pl

from lohko.outcome import Finding, Progress, silent
from lohko.value.acts import weights
from lohko.value.days_ahead import days_ahead
from lohko.value.events import Scope
from lohko.value.histories import histories
from lohko.value.lifetime import Lifetime, Terms, gates

_EPOCH = dt.date(1970, 1, 1)


def social_ahead(frame: pl.LazyFrame, scope: Scope, terms: Terms, *, progress: Progress = silent) -> Lifetime:
    """Forecast on how many days each customer who acted does so again within the horizon.

    Parameters
    ----------
    frame : the table ``social``
    scope : the customers and the time
    terms : the horizon (``horizon_days``)
    progress : told of each fit

    Returns
    -------
    frame with ``n`` and ``expected_social_days``, figures, and the reason where there is no forecast
    """
    end = (scope.as_of - _EPOCH).days
    rows = scope.events(frame, "occurred_at").filter(pl.col("n").is_not_null())
    days = rows.select("n", "day").unique().collect().sort("n", "day").with_columns(total=pl.lit(0, pl.Int64))
    who, gate = histories(days, end), gates()["social"]
    seen = {
        "customers": len(who),
        "history_days": int(who.T.max()) if len(who) else 0,
        "customers_with_three": int((who.x >= 2).sum()),
    }
    if any(seen[name] < gate[name] for name in seen):
        little = {**seen, **{f"need_{name}": gate[name] for name in seen}}
        found = Finding("social_too_little", little)
        return Lifetime(None, {"refused": found.code, **little}, (found,))
    hold = min(terms.horizon_days, seen["history_days"] // 3)
    limit = gate["no_worse_than_naive"]
    told = days_ahead(days, who, end, hold=hold, horizon=terms.horizon_days, limit=limit, progress=progress)
    figures: dict[str, Any] = {"customers": len(who), "holdout_days": hold, "backtest": told.judged}
    if told.expected is None:
        none = Finding("social_no_better", {"days": hold}, "warning")
        return Lifetime(None, {"refused": none.code, **figures}, (none,))
    figures |= told.figures(terms.horizon_days)
    figures["expected_days"] = round(float(told.expected.sum()), 2)
    columns = {"n": who.n, "expected_social_days": told.expected}
    found_frame = pl.DataFrame(columns, schema_overrides={"n": pl.UInt32})
    return Lifetime(found_frame, figures, (Finding("social_expected", told.words(terms.horizon_days)),))


def worth_of_days(frame: pl.DataFrame, worth: str, active: str, expected: str) -> pl.Series:
    """Return expected days × what a day is worth, shrunk: (worth + k m) / (days + k), m everyone's worth of a day.

    Parameters
    ----------
    frame : the value table in the making
    worth, active, expected : columns: what the days so far were worth, their number, and those expected
    """
    k = weights()["shrink_days"]
    values = frame[worth].cast(pl.Float64).fill_null(0.0).to_numpy()
    days = frame[active].cast(pl.Float64).fill_null(0.0).to_numpy()
    whole = float(np.sum(days))
    mean = float(np.sum(values)) / whole if whole else 0.0
    each = (values + k * mean) / (days + k)
    return pl.Series(frame[expected].to_numpy() * each, nan_to_null=True)
