"""The step ``value``: from customers and events to one row of value per customer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

import polars as pl

from lohko import __version__
from lohko.errors import ToolFault
from lohko.outcome import Env, Finding, StepResult
from lohko.parameters import Params
from lohko.value.activation import activation
from lohko.value.churn.risk import churn
from lohko.value.contract_prices import price_in_doubt, priced_by_period
from lohko.value.engagement import currency_of, in_money
from lohko.value.events import MINOR, MONEY, minor, money
from lohko.value.features import Features, features
from lohko.value.knowledge import Knowledge, knowledge
from lohko.value.lifetime import lifetime
from lohko.value.models.fitting import significant
from lohko.value.network import Network, network, network_value
from lohko.value.params import ValueParams
from lohko.value.prospects import prospects
from lohko.value.renewals import renewals
from lohko.value.retention import retention
from lohko.value.scores import classify, dimensions, engagement, rank_scores, thresholds, with_measures
from lohko.value.social_ahead import social_ahead
from lohko.value.totals import DIGITS, together
from lohko.value.visits_ahead import visits_ahead

CONTRACT_COLUMNS = (
    "customer_id",
    "recency_days",
    "frequency",
    "monetary",
    "average_value",
    "tenure_days",
    "financial",
    "visits",
    "social",
    "engagement",
    "engagement_value",
    "expected_purchases",
    "clv",
    "p_alive",
    "churn_risk",
    "value_class",
    "next_dimension",
)
_INTERNAL = ("n", "created")


def value(tables: Mapping[str, pl.LazyFrame], params: Params, env: Env) -> StepResult:
    """Return the value of every distinct customer in three dimensions.

    Parameters
    ----------
    tables : ``customers`` and any of transactions, subscriptions, visits, social, touchpoints, visitors, feedback
    params : `ValueParams`
    env : as-of day (later events leave no trace) and zone

    Returns
    -------
    table ``value`` sorted by ``customer_id``, and the file ``value/thresholds.json``, by which later data is classed

    Raises
    ------
    InputRefused
        More than one currency in the transactions (``currencies_mixed``), or prices in another one (``prices_currency``).
    """
    wishes = cast("ValueParams", params)
    doubts = price_in_doubt(tables, wishes.contract_price)
    tables = priced_by_period(tables, wishes.contract_price)
    made = features(tables, env, contract_money=wishes.contract_money)
    frame = rank_scores(with_measures(made.frame))
    weights = {
        name: weight
        for name, weight in (
            ("financial", wishes.weight_financial),
            ("visits", wishes.weight_visits),
            ("social", wishes.weight_social),
        )
        if made.measured[name]
    }
    frame = frame.with_columns(engagement(frame, weights))
    limits = {"lohko": __version__, "as_of": env.as_of.isoformat(), **thresholds(frame)}
    frame = frame.with_columns(classify(frame, limits))
    unmeasured = [d.column for d in dimensions() if d.column not in made.frame.columns]
    frame, ties, known = _social(frame, tables, made)
    frame, ahead, forecast_figures = _look_ahead(frame, made, wishes, env)
    frame, visit_figures, coming = _visits_ahead(frame, made, wishes, env)
    frame, social_figures, acting = _social_ahead(frame, tables, made, wishes, env)
    frame, risk_figures, risk_findings = _risk(frame, tables, made, wishes, env)
    kept_figures, kept = _kept(tables, made, wishes)
    frame, renewal_figures, renewed = _renewals(frame, tables, made, wishes)
    frame, money_figures, priced = _in_money(frame, made, wishes, ties, known)
    still = prospects(frame)
    frame, next_figures = _look_beside(still.frame, tables, made, wishes, env)
    figures = _figures(made, frame, limits, weights) | {
        "lifetime": forecast_figures,
        "visits_ahead": visit_figures,
        "social_ahead": social_figures,
        "churn": risk_figures,
        "retention": kept_figures,
        "renewals": renewal_figures,
        "expected_value": _expected_value(frame, forecast_figures, renewal_figures),
        "prospects": still.figures,
        "next": next_figures,
        "engagement": money_figures,
        "currency": currency_of(made, wishes.prices),
    }
    return StepResult(
        tables={"value": _arrange(frame.drop(unmeasured))},
        findings=(
            *_findings(made, figures, weights),
            *doubts,
            *priced,
            *ahead,
            *coming,
            *acting,
            *kept,
            *renewed,
            *(still.findings if wishes.lifetime != "off" else ()),
            *risk_findings,
        ),
        figures=figures,
        files={"value/thresholds.json": _json(limits)},
    )


def _social(
    frame: pl.DataFrame, tables: Mapping[str, pl.LazyFrame], made: Features
) -> tuple[pl.DataFrame, Network | None, Knowledge | None]:
    """Add knowledge points and the customers each one brought, and return the ties between customers."""
    if "social" not in tables:
        return frame, None, None
    firm = [c for c in ("created", "first_transaction", "first_subscription") if c in made.frame.columns]
    ties = network(tables["social"], made.scope, made.frame.select("n", pl.min_horizontal(firm).alias("since")))
    known = knowledge(tables["social"], made.scope)
    brought = ties.referrals.group_by("n").agg(pl.len().cast(pl.Int64).alias("customers_brought"))
    frame = frame.join(known.points, on="n", how="left").join(brought, on="n", how="left")
    return frame.with_columns(pl.col("knowledge_points", "customers_brought").fill_null(0)), ties, known


def _in_money(
    frame: pl.DataFrame, made: Features, wishes: ValueParams, ties: Network | None, known: Knowledge | None
) -> tuple[pl.DataFrame, dict[str, Any], tuple[Finding, ...]]:
    """Add what customers were worth so far in money, and lifetime value with the ties between them."""
    prices = wishes.prices
    found = in_money(frame, made, prices, margin=_margin(made, wishes), ties=ties, known=known)
    frame = found.frame
    if "clv" in frame.columns and ties is not None and (ties.referrals.height or ties.answers.height):
        shares = {"by_referral": prices.caused_by_referral, "by_influence": prices.caused_by_influence}
        frame = network_value(frame, ties, **shares)
    return frame, found.figures, found.findings


def _look_ahead(
    frame: pl.DataFrame, made: Features, wishes: ValueParams, env: Env
) -> tuple[pl.DataFrame, tuple[Finding, ...], dict[str, Any] | None]:
    """Add expected purchases, p_alive and lifetime value where the data carries them."""
    if made.singles is None or wishes.lifetime == "off":
        return frame, (), None
    found = lifetime(made.singles.days, env.as_of, wishes, margin=made.singles.margin, progress=env.progress)
    if found.frame is None:
        return frame, found.findings, found.figures
    frame = frame.join(found.frame, on="n", how="left")
    if "clv" in frame.columns:
        frame = frame.with_columns((pl.col("clv") * MINOR).round().cast(pl.Int64))
        frame = frame.with_columns(money("clv").alias("clv"))
    return frame, found.findings, found.figures


def _visits_ahead(
    frame: pl.DataFrame, made: Features, wishes: ValueParams, env: Env
) -> tuple[pl.DataFrame, dict[str, Any] | None, tuple[Finding, ...]]:
    """Add the expected days with a visit where the data carries them."""
    if made.visits is None or wishes.lifetime == "off":
        return frame, None, ()
    found = visits_ahead(made.visits.days, env.as_of, wishes, progress=env.progress)
    frame = frame if found.frame is None else frame.join(found.frame, on="n", how="left")
    return frame, found.figures, found.findings


def _social_ahead(
    frame: pl.DataFrame, tables: Mapping[str, pl.LazyFrame], made: Features, wishes: ValueParams, env: Env
) -> tuple[pl.DataFrame, dict[str, Any] | None, tuple[Finding, ...]]:
    """Add the expected days with a social act where the data carries them."""
    if "social" not in tables or wishes.lifetime == "off":
        return frame, None, ()
    found = social_ahead(tables["social"], made.scope, wishes, progress=env.progress)
    frame = frame if found.frame is None else frame.join(found.frame, on="n", how="left")
    return frame, found.figures, found.findings


def _kept(
    tables: Mapping[str, pl.LazyFrame], made: Features, wishes: ValueParams
) -> tuple[dict[str, Any] | None, tuple[Finding, ...]]:
    """Foretell how many contracts will still run."""
    if "subscriptions" not in tables or wishes.lifetime == "off":
        return None, ()
    return retention(tables["subscriptions"], made.scope, days=wishes.horizon_days)


def _renewals(
    frame: pl.DataFrame, tables: Mapping[str, pl.LazyFrame], made: Features, wishes: ValueParams
) -> tuple[pl.DataFrame, dict[str, Any] | None, tuple[Finding, ...]]:
    """Add what contracts are still to bring to lifetime value; who has a contract that cannot be told has none."""
    if "subscriptions" not in tables or wishes.lifetime == "off":
        return frame, None, ()
    found = renewals(
        tables["subscriptions"],
        made.scope,
        days=wishes.horizon_days,
        discount_rate=wishes.discount_rate,
        margin=_margin(made, wishes),
        seed=wishes.seed,
    )
    worth = found.worth.head(0) if wishes.contract_money == "ignore" else found.worth
    untold = found.held.filter(~found.held.is_in(worth["n"].implode()))
    findings = found.findings if worth.height else ()
    if untold.len() and ("clv" in frame.columns or worth.height):
        findings = (*findings, Finding("clv_without_contracts", {"count": untold.len()}, "warning"))
    if worth.height and "clv" not in frame.columns:
        frame = frame.with_columns(pl.lit(None, MONEY).alias("clv"))
    if "clv" in frame.columns:
        frame = frame.join(worth, on="n", how="left")
        both = minor("clv").fill_null(0) + pl.col("renewals")
        frame = frame.with_columns(pl.coalesce(both, minor("clv")).alias("clv")).drop("renewals")
        frame = frame.with_columns(pl.when(~pl.col("n").is_in(untold.implode())).then(money("clv")).alias("clv"))
    return frame, found.figures if worth.height else None, findings


def _expected_value(
    frame: pl.DataFrame, bought: dict[str, Any] | None, renewed: dict[str, Any] | None
) -> dict[str, Any] | None:
    """Return the sum of lifetime value, with an interval where purchases and renewals have one.

    Customers with a contract that cannot be told have no lifetime value: their part is taken off the bounds in proportion.
    """
    parts = [(float(bought["clv"]), bought["intervals"]["clv"])] if bought and "clv" in bought else []
    if renewed and renewed["total"] is not None:
        parts.append((float(renewed["total"]), renewed["interval"]))
    if not parts or "clv" not in frame.columns:
        return None
    whole, sure = sum(total for total, _ in parts), together([sure for _, sure in parts])
    held = float(frame["clv"].cast(pl.Decimal(38, 4)).sum() or 0)
    if sure is not None and whole > 0:
        sure = {**sure, **{name: significant(sure[name] * held / whole, DIGITS) for name in ("low", "high")}}
    return {"total": round(held, 2), "interval": sure}


def _margin(made: Features, wishes: ValueParams) -> float | None:
    """Return the share of turnover that counts as money: the user's, else that of the transactions."""
    if wishes.margin is not None:
        return wishes.margin
    return made.singles.margin if made.singles else None


def _risk(
    frame: pl.DataFrame, tables: Mapping[str, pl.LazyFrame], made: Features, wishes: ValueParams, env: Env
) -> tuple[pl.DataFrame, dict[str, Any] | None, tuple[Finding, ...]]:
    """Add churn risk and its drivers where the data can tell them."""
    if wishes.churn_days == 0:
        return frame, None, ()
    found = churn(tables, made, env, days=wishes.churn_days)
    frame = frame if found.frame is None else frame.join(found.frame, on="n", how="left")
    return frame, found.figures, found.findings


def _look_beside(
    frame: pl.DataFrame, tables: Mapping[str, pl.LazyFrame], made: Features, wishes: ValueParams, env: Env
) -> tuple[pl.DataFrame, dict[str, Any] | None]:
    """Add the dimension in which customers like this one became active next, where that can be said."""
    if wishes.next_days == 0:
        return frame, None
    found = activation(tables, made, frame.select("n", "value_class"), env, days=wishes.next_days)
    return frame if found.frame is None else frame.join(found.frame, on="n", how="left"), found.figures


def _arrange(frame: pl.DataFrame) -> pl.DataFrame:
    named = [c for c in CONTRACT_COLUMNS if c in frame.columns]
    rest = [c for c in frame.columns if c not in named and c not in _INTERNAL]
    return frame.sort("customer_id").select(*named, *rest)


def _json(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


def _amount(minor: int) -> str:
    return str((Decimal(minor) / MINOR).quantize(Decimal("0.0001")))


def _figures(
    made: Features, frame: pl.DataFrame, limits: Mapping[str, Any], weights: Mapping[str, float]
) -> dict[str, Any]:
    bought = made.purchases
    totals: dict[str, Any] = {
        "amount": "0.0000",
        "rows": 0,
        "unknown_customer_amount": "0.0000",
        "unknown_customer_rows": 0,
        "later_rows": 0,
    }
    if bought is not None:
        raw = bought.totals
        ours = int(bought.features["monetary"].cast(pl.Int128).sum() or 0)
        if ours + raw["unknown_customer_amount"] != raw["amount"]:
            raise ToolFault("accounts_open", "table transactions: the money of customers does not add up to the whole")
        totals = {k: _amount(v) if k.endswith("amount") and k != "rows_without_amount" else v for k, v in raw.items()}
    short = {name: {k: v for k, v in entry.items() if k != "spread"} for name, entry in limits["dimensions"].items()}
    return {
        "customers": frame.height,
        "left_out_customers": made.scope.left_out,
        "totals": totals,
        "thresholds": short,
        "dimensions": {
            d.name: {
                "measured": made.measured[d.name],
                "weight": weights.get(d.name, 0.0),
                "nonzero": int((frame[d.column] > 0).sum()),
                "classes": {
                    str(level): int((frame["value_class"].str.slice(2 * place + 1, 1) == str(level)).sum())
                    for level in range(4)
                },
            }
            for place, d in enumerate(dimensions())
        },
        "visits": dict(made.visits.totals) if made.visits else None,
        "social": dict(made.acts.totals) if made.acts else None,
        "as_of": made.scope.as_of.isoformat(),
    }


def _findings(made: Features, figures: Mapping[str, Any], weights: Mapping[str, float]) -> tuple[Finding, ...]:
    found = [Finding("value_scored", {"customers": figures["customers"], "as_of": figures["as_of"]})]
    totals = figures["totals"]
    if totals["unknown_customer_rows"]:
        found.append(
            Finding(
                "events_of_unknown_customers",
                {
                    "count": totals["unknown_customer_rows"],
                    "amount": f"{Decimal(totals['unknown_customer_amount']):,.2f}",
                },
                "warning",
            )
        )
    for key, code, level in (
        ("later_rows", "later_transactions", "info"),
        ("undated_rows", "undated_transactions", "warning"),
        ("rows_without_amount", "transactions_without_amount", "warning"),
    ):
        if totals.get(key):
            found.append(Finding(code, {"count": totals[key]}, "warning" if level == "warning" else "info"))
    unmeasured = [name for name in made.measured if name not in weights]
    found += [Finding("dimension_unmeasured", {"dimension": name}, "warning") for name in unmeasured]
    if made.visits_from_touchpoints:
        found.append(Finding("visits_from_touchpoints", {"count": figures["visits"]["rows"]}))
    if made.visits and made.visits.totals["joined_rows"]:
        found.append(Finding("visits_joined", {"count": made.visits.totals["joined_rows"]}))
    if made.contracts and made.contracts.covered:
        found.append(Finding("contract_money_covered", {"count": made.contracts.covered}))
    if made.contracts and made.contracts.added:
        found.append(Finding("contract_money_added", {"count": made.contracts.added}))
    if made.scope.left_out:
        found.append(Finding("customers_not_yet", {"count": made.scope.left_out}))
    return tuple(found)
