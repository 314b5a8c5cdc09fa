"""On how many days customers are expected to visit: the models of buying, on visit days, behind the same gates.

Visits come in bursts of habit just as purchases do, and visitors leave without saying so; so the same family is fitted on days with a
visit, chosen on a holdout, and used only where its squared error is no larger than the naive rate's.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl

from lohko.outcome import Finding, Progress, silent
from lohko.value.days_ahead import days_ahead
from lohko.value.histories import Histories, histories
from lohko.value.lifetime import Lifetime, Terms, gates
from lohko.value.tally import Ints, customers_of, dates, days_of

_EPOCH = dt.date(1970, 1, 1)


def visits_ahead(slot: Ints, as_of: dt.date, terms: Terms, *, progress: Progress = silent) -> Lifetime:
    """Forecast on how many days each visitor comes within the horizon.

    Parameters
    ----------
    slot : the distinct days with a visit of each customer (`lohko.value.tally.slots`), sorted, none after ``as_of``
    as_of : the day the forecast is made
    terms : the horizon (``horizon_days``)
    progress : told of each fit

    Returns
    -------
    frame with ``n`` and ``expected_visits``, figures (model, parameters, holdout accuracy by rule), and the reason where
    there is no forecast
    """
    end = (as_of - _EPOCH).days
    days = pl.DataFrame(
        {"n": pl.Series(customers_of(slot), dtype=pl.UInt32), "day": dates(days_of(slot))}
    ).with_columns(total=pl.lit(0, pl.Int64))
    who = histories(days, end)
    shut = _gate(who)
    if shut:
        return Lifetime(None, {"refused": shut.code, **shut.data}, (shut,))
    hold = min(terms.horizon_days, int(who.T.max()) // 3)
    limit = gates()["visiting"]["no_worse_than_naive"]
    found = days_ahead(days, who, end, hold=hold, horizon=terms.horizon_days, limit=limit, progress=progress)
    figures: dict[str, Any] = {"visitors": len(who), "holdout_days": hold, "backtest": found.judged}
    if found.expected is None:
        none = Finding("visits_no_better", {"days": hold}, "warning")
        return Lifetime(None, {"refused": none.code, **figures}, (none,))
    figures |= found.figures(terms.horizon_days)
    figures["expected_visits"] = round(float(found.expected.sum()), 2)
    columns = {"n": who.n, "expected_visits": found.expected}
    frame = pl.DataFrame(columns, schema_overrides={"n": pl.UInt32})
    return Lifetime(frame, figures, (Finding("visits_expected", found.words(terms.horizon_days)),))


def _gate(who: Histories) -> Finding | None:
    """Return the first gate that the visits do not pass."""
    gate = gates()["visiting"]
    if len(who) < gate["visitors"]:
        return Finding("visits_few", {"count": len(who), "need": gate["visitors"]})
    span = int(who.T.max())
    if span < gate["history_days"]:
        return Finding("visits_short_history", {"count": span, "need": gate["history_days"]})
    silent_days = int((who.T - who.tx).min())
    if silent_days > gate["silent_days"]:
        return Finding("visits_stale", {"count": silent_days, "need": gate["silent_days"]})
    three = int((who.x >= 2).sum())
    if three < gate["visitors_with_three"]:
        return Finding("visits_few_repeats", {"count": three, "need": gate["visitors_with_three"]})
    return None
