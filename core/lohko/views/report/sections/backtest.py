"""How well purchases would have been foretold: the backtest of the step ``value``, as its figures tell it."""

from __future__ import annotations

from lohko.views.report.outlook import Backtest, Calibration, Rule
from lohko.views.report.sections.sources import Sources

NAIVE = ("naive rate", "naive rate, silent ones none")


def backtest(sources: Sources) -> Backtest | None:
    """Return the backtest; None where no model was judged, or too few buyers to show."""
    figures = sources.figures("value").get("lifetime") or {}
    judged, tables = figures.get("backtest") or {}, figures.get("calibration") or {}
    buyers = figures.get("backtest_buyers") or 0
    models = sorted((name for name in judged if name not in NAIVE), key=lambda name: (_deviance(judged[name]), name))
    if not models or buyers < sources.k or NAIVE[0] not in tables:
        return None
    used = str(figures.get("model"))
    best = used if used in models else models[0]
    naive = {row["repeats"]: row["predicted"] for row in tables[NAIVE[0]]}
    return Backtest(
        days=figures["holdout_days"],
        buyers=buyers,
        model=best,
        rules=tuple(_rule(name, judged[name]) for name in (*models, *(n for n in NAIVE if n in judged))),
        calibration=tuple(
            Calibration(row["repeats"], row["customers"], row["predicted"], naive[row["repeats"]], row["actual"])
            for row in tables[best]
            if row["customers"] >= sources.k
        ),
    )


def _deviance(judged: dict[str, float | None]) -> float:
    found = judged["deviance"]
    return float("inf") if found is None else found


def _rule(name: str, judged: dict[str, float]) -> Rule:
    return Rule(name, judged["mae"], judged["bias"], judged["correlation"], judged["top_tenth"])
