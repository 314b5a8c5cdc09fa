"""A package in memory as the steps would leave it: a media company of some 3,000 customers, drawn with a fixed seed."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl

AS_OF = dt.date(2026, 6, 30)
SEGMENTS = (
    # slug, names, share of customers, mean money, chance of money, visits, social
    (
        "paying-readers",
        {"en": "Paying readers", "fi": "Maksavat lukijat", "sv": "Betalande läsare"},
        0.18,
        5.9,
        1.0,
        0.97,
        0.12,
    ),
    (
        "recommending-regulars",
        {"en": "Recommending regulars", "fi": "Suosittelevat kanta-asiakkaat", "sv": "Rekommenderande stamkunder"},
        0.07,
        5.2,
        0.95,
        1.0,
        0.96,
    ),
    (
        "occasional-buyers",
        {"en": "Occasional buyers", "fi": "Satunnaiset ostajat", "sv": "Tillfälliga köpare"},
        0.27,
        3.6,
        1.0,
        0.3,
        0.02,
    ),
    ("free-readers", {"en": "Free readers", "fi": "Ilmaislukijat", "sv": "Gratisläsare"}, 0.33, 0.0, 0.0, 1.0, 0.1),
    ("silent", {"en": "Silent names", "fi": "Hiljaiset nimet", "sv": "Tysta namn"}, 0.15, 2.4, 0.12, 0.08, 0.0),
)
RULES = {
    "paying-readers": "money high, visits high, social value low",
    "recommending-regulars": "social value high, money middle to high, visits high",
    "occasional-buyers": "money low to middle, few visits",
    "free-readers": "visits middle to high, no money",
    "silent": "nothing for a year or more",
}
HINTS = ("keep_reward", "keep_reward", "sell_more_grow", "acquire_from_visits", "keep_win_back")
CHANNELS = {
    "email": (0.46, 0.22, 0.0, 0.04, 0.28),
    "sms": (0.21, 0.18, 0.0, 0.02, 0.59),
    "phone": (0.33, 0.02, 0.42, 0.01, 0.22),
    "robocall": (0.03, 0.05, 0.0, 0.0, 0.92),
    "post": (0.51, 0.0, 0.34, 0.01, 0.14),
    "push": (0.12, 0.05, 0.0, 0.0, 0.83),
    "ad_audience": (0.09, 0.0, 0.0, 0.0, 0.91),
}
DECISIONS = ("may", "ask_again", "screen_first", "review", "may_not")
REASONS = {
    "may": "consent",
    "ask_again": "no_evidence",
    "screen_first": "screen_first",
    "review": "minor",
    "may_not": "withdrawn",
}


def tables(customers: int = 2841, seed: int = 7) -> dict[str, pl.LazyFrame]:
    """Return the package's tables."""
    rng = np.random.default_rng(seed)
    ids = [f"c{number:06d}" for number in range(customers)]
    group = rng.choice(len(SEGMENTS), customers, p=[s[2] for s in SEGMENTS])
    cents = np.zeros(customers, dtype=np.int64)
    visits = np.zeros(customers)
    social = np.zeros(customers)
    for place, (_, _, _, money, paying, visiting, sharing) in enumerate(SEGMENTS):
        members = np.flatnonzero(group == place)
        pays = rng.random(len(members)) < paying
        cents[members] = np.where(pays, np.round(np.exp(rng.normal(money, 0.7, len(members))) * 100), 0)
        visits[members] = np.where(rng.random(len(members)) < visiting, rng.gamma(2, 20, len(members)), 0)
        social[members] = np.where(rng.random(len(members)) < sharing, rng.gamma(1.2, 5, len(members)), 0)
    scores = [_score(values.astype(float)) for values in (cents, visits, social)]
    classes = [_class(score) for score in scores]
    recency = np.where(group == 4, rng.integers(300, 720, customers), rng.gamma(1.6, 60, customers).astype(int))
    value = pl.DataFrame(
        {
            "customer_id": ids,
            "recency_days": [int(r) if c else None for r, c in zip(recency, cents, strict=True)],
            "monetary": [Decimal(int(c)) / 100 for c in cents],
            "financial": scores[0],
            "visits": scores[1],
            "social": scores[2],
            "churn_risk": [None] * customers,
            "clv": [None] * customers,
            "value_class": [f"F{f}V{v}S{s}" for f, v, s in zip(*classes, strict=True)],
            "next_dimension": [_next(f, v, s) for f, v, s in zip(*classes, strict=True)],
        },
        schema_overrides={
            "monetary": pl.Decimal(18, 4),
            "churn_risk": pl.Float64,
            "clv": pl.Decimal(18, 4),
            "recency_days": pl.Int64,
        },
    )
    segments = pl.DataFrame(
        {
            "customer_id": ids,
            "segment": [SEGMENTS[g][0] for g in group],
            "segment_name": [SEGMENTS[g][1]["en"] for g in group],
            "confidence": np.round(rng.beta(8, 2, customers), 4),
        }
    )
    sizes = np.bincount(group, minlength=len(SEGMENTS))
    profiles = pl.DataFrame(
        {
            "segment": [s[0] for s in SEGMENTS],
            "segment_name": [s[1]["en"] for s in SEGMENTS],
            "customers": sizes,
            "share": sizes / customers,
            "rule": [RULES[s[0]] for s in SEGMENTS],
            "treatment_hint": list(HINTS),
            "goal": ["keep", "keep", "sell_more", "acquire", "keep"],
            "stability": [0.94, 0.88, 0.79, 0.91, 0.64],
        }
    )
    decided: dict[str, list[Any]] = {"customer_id": [], "channel": [], "decision": [], "reason": []}
    for channel, odds in CHANNELS.items():
        drawn = rng.choice(len(DECISIONS), customers, p=odds)
        decided["customer_id"] += ids
        decided["channel"] += [channel] * customers
        decided["decision"] += [DECISIONS[d] for d in drawn]
        decided["reason"] += [REASONS[DECISIONS[d]] for d in drawn]
    permissions = pl.DataFrame(decided).with_columns(as_of=pl.lit(AS_OF))
    register = pl.DataFrame({"customer_id": ids, "row_id": [f"crm:{n}" for n in range(customers)]})
    frames = {
        "customers": register,
        "value": value,
        "segments": segments,
        "segment_profiles": profiles,
        "permissions": permissions,
        "feedback": _feedback(ids, group, rng),
        "goals": _goals(),
    }
    return {name: frame.lazy() for name, frame in frames.items()}


def _goals() -> pl.DataFrame:
    """Set targets that are reached, missed and open."""
    rows = [
        ("nps", Decimal(10), None, None, "2026-H1"),
        ("nps", Decimal(60), "paying-readers", None, "2026-H1"),
        ("csat", Decimal("3.5"), None, "phone", "2026"),
        ("email_permission_share", Decimal("0.5"), None, None, None),
        ("revenue", Decimal(90000), None, None, "2026"),
    ]
    return pl.DataFrame(
        rows,
        {
            "measure": pl.String,
            "target": pl.Decimal(18, 4),
            "segment": pl.String,
            "touchpoint": pl.String,
            "period": pl.String,
        },
        orient="row",
    )


def _feedback(ids: list[str], group: np.ndarray[Any, Any], rng: np.random.Generator) -> pl.DataFrame:
    """Draw answers: some 30 % of the customers, kinder where they pay more; a few service contacts and answers after them."""
    rows: list[tuple[str, dt.datetime, str, float | None, str | None, str]] = []
    for customer, kind in zip(ids, group, strict=True):
        at = dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC) + dt.timedelta(hours=int(rng.integers(0, 2000)))
        if rng.random() < 0.3:
            score = float(np.clip(round(rng.normal(8.6 - kind * 0.5, 2)), 0, 10))
            text = "Kiitos, lehti on hyvä." if score >= 9 else "Lehti ei tullut ajoissa." if score < 7 else None
            rows.append((customer, at, "nps", score, text, "email"))
        if rng.random() < 0.05:
            rows.append((customer, at, "contact", None, "Laskutus", "phone"))
            rows.append((customer, at + dt.timedelta(hours=2), "csat", float(rng.integers(2, 6)), None, "phone"))
    kinds: dict[str, pl.DataType | type[pl.DataType]] = {
        "customer_id": pl.String,
        "answered_at": pl.Datetime("us", "UTC"),
        "measure": pl.String,
        "score": pl.Float64,
        "text": pl.String,
        "touchpoint": pl.String,
    }
    return pl.DataFrame(rows, kinds, orient="row")


def _score(values: np.ndarray[Any, Any]) -> list[float]:
    """Rank among the non-zero, 0 to 1; nothing is 0."""
    some = values > 0
    ranks = np.zeros(len(values))
    ranks[some] = (np.argsort(np.argsort(values[some], kind="stable"), kind="stable") + 1) / some.sum()
    return [round(float(rank), 6) for rank in ranks]


def _class(scores: list[float]) -> list[int]:
    return [0 if s == 0 else 1 if s <= 0.4 else 2 if s <= 0.8 else 3 for s in scores]


def _next(money: int, visits: int, social: int) -> str | None:
    if money and visits and social:
        return None
    if not visits and money:
        return "visits"
    if not money and visits:
        return "financial"
    return "social" if money else None


def history(customers: int = 2841) -> list[dict[str, Any]]:
    """Return the steps that made the package, oldest first."""
    rows_in, merged, rejected = customers + 312 + 9, 312, 9
    zero = {"rows_in": 0, "derived": 0, "rows_out": 0, "rejected": 0, "merged": 0, "dropped": 0, "erased": 0}
    kept = zero | {"rows_in": customers, "rows_out": customers}
    common: dict[str, Any] = {"version": "0.1.0", "as_of": "2026-06-30", "parameters": {}, "findings": [], "inputs": []}
    return [
        common
        | {
            "step": "ingest",
            "as_of": None,
            "accounting": {
                "customers": zero | {"rows_in": rows_in, "rows_out": rows_in - rejected, "rejected": rejected},
                "transactions": zero | {"rows_in": 18250, "rows_out": 18236, "rejected": 14},
            },
            "figures": {
                "rejects": {
                    "by_code": [
                        {"table": "customers", "code": "short_row", "count": 9},
                        {"table": "transactions", "code": "bad_date", "count": 8},
                        {"table": "transactions", "code": "bad_number", "count": 6},
                        {"table": "customers", "code": "cell_bad_date", "count": 12},
                    ]
                }
            },
            "inputs": [
                {"name": "crm_export.csv", "bytes": 612_345, "sha256": "9f2c" * 16},
                {"name": "webshop.csv.gz", "bytes": 421_004, "sha256": "1ab7" * 16},
            ],
        },
        common
        | {
            "step": "clean",
            "accounting": {
                "customers": zero | {"rows_in": rows_in - rejected, "rows_out": customers, "merged": merged}
            },
            "figures": {
                "postcodes": {
                    "status": {"valid": 2960, "format_fixed": 121, "missing": 44, "invalid": 28},
                    "changed": 121,
                },
                "dedupe": {
                    "rows": rows_in - rejected,
                    "customers": customers,
                    "merged": merged,
                    "groups": 287,
                    "pairs_review": 41,
                    "households": 318,
                },
                "consents": {"decisions": {}},
            },
        },
        common
        | {
            "step": "value",
            "accounting": {"customers": kept},
            "figures": {
                "totals": {
                    "amount": "0",
                    "rows": 18236,
                    "unknown_customer_amount": "9876.5400",
                    "unknown_customer_rows": 431,
                },
                "currency": "EUR",
            },
        },
        common
        | {
            "step": "segment",
            "accounting": {"customers": kept},
            "figures": {
                "k": 5,
                "candidates": [
                    {"k": 4, "prediction_strength": 0.9, "jaccard_min": 0.9, "smallest_share": 0.1, "failed": []},
                    {
                        "k": 5,
                        "prediction_strength": 0.84,
                        "jaccard_min": 0.64,
                        "smallest_share": 0.07,
                        "failed": ["jaccard_min"],
                    },
                ],
            },
        },
    ]


def files() -> dict[str, bytes]:
    """Return the package's small files."""
    entries = [{"slug": s[0], "names": s[1], "rule": {"en": RULES[s[0]]}} for s in SEGMENTS]
    return {"model/model.json": json.dumps({"segments": entries}).encode()}
