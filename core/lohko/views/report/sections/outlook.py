"""Where value is at risk, and where it could grow: counted, and only as far as the package's figures go."""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from lohko.disclosure import tells
from lohko.views.report.model import DIMENSIONS, HIDDEN, Cell
from lohko.views.report.outlook import Band, Best, Outlook, Prospects
from lohko.views.report.privacy import Group, cells
from lohko.views.report.sections.backtest import backtest
from lohko.views.report.sections.sources import Sources, decimal, level, payers
from lohko.views.report.sections.sources import money as total_of

BANDS: tuple[tuple[int, int | None], ...] = ((0, 90), (91, 180), (181, 365), (366, None))
"""Days since the last purchase: this quarter, the one before, this year, longer."""
NOTHING_SAID = "none"
"""The next dimension of customers of whom none can be told."""
QUIET_DAYS = 180
"""Best customers without a purchase for longer than this are worth a call."""
LIKELY = 0.5
"""A customer more likely gone than not counts as at risk."""


def outlook(sources: Sources) -> Outlook | None:
    """Count quiet money, likely losses and the dimensions customers could grow in; None where nothing was valued."""
    value = sources.valued
    if value is None:
        return None
    columns = sources.columns("value")
    optional = ("recency_days", "churn_risk", "p_alive", "clv", "next_dimension")
    frame = value.with_columns(*(pl.lit(None).alias(name) for name in optional if name not in columns))
    known, likely, amount, paid = _risk(frame)
    customers, priced, expected = (
        frame.select(pl.len(), pl.col("clv").is_not_null().sum(), total_of("clv").alias("all")).collect().row(0)
    )
    hide = not tells(likely, known, sources.k) or 0 < known < sources.k
    growth, growth_by = _growth(frame, sources.k), "customer"
    if not growth:
        growth, growth_by = _growth(_by_segment(sources, frame), sources.k), "segment"
    sure = (sources.figures("value").get("expected_value") or {}).get("interval") if priced >= sources.k else None
    low, high = (decimal(sure[name]) for name in ("low", "high")) if sure else (None, None)
    return Outlook(
        customers=customers,
        bands=_bands(frame, sources.k),
        risk_known=HIDDEN if 0 < known < sources.k else known,
        risk_customers=HIDDEN if hide else likely,
        risk_amount=HIDDEN if hide or 0 < paid < sources.k else amount,
        expected=expected if priced >= sources.k else None,
        expected_customers=HIDDEN if 0 < priced < sources.k else priced,
        horizon_days=_horizon(sources),
        growth=growth,
        growth_by=growth_by,
        best=_best(sources, frame),
        backtest=backtest(sources),
        expected_low=low,
        expected_high=high,
        prospects=_prospects(sources),
    )


def _prospects(sources: Sources) -> Prospects | None:
    """Add up all that is still to come; hidden where few stand behind it or behind one of its parts."""
    told = sources.figures("value").get("prospects")
    if not told or not (told["parts"] or told["missing"]):
        return None
    column, missing = "expected_engagement_value", tuple(told["missing"])
    names = [c for c in (column, *told["parts"]) if c in sources.columns("value")]
    if missing or column not in names:
        return Prospects(None, 0, missing) if missing else None
    counts = sources.tables["value"].select(pl.col(c).fill_null(0).ne(0).sum() for c in names).collect().row(0)
    if any(0 < count < sources.k for count in counts) or len(names) < 3:
        return None
    total, customers = (
        sources.tables["value"].select(total_of(column), pl.col(column).count().alias("n")).collect().row(0)
    )
    return Prospects(total, int(customers), ())


def _horizon(sources: Sources) -> int | None:
    """Return the days that lifetime value looks ahead: of purchases, else of renewals."""
    figures = sources.figures("value")
    for name in ("lifetime", "renewals"):
        days = (figures.get(name) or {}).get("horizon_days")
        if days is not None:
            return int(days)
    return None


def _bands(frame: pl.LazyFrame, k: int) -> tuple[Band, ...]:
    band = pl.lit(0)
    for place, (low, _) in enumerate(BANDS):
        band = pl.when(pl.col("recency_days") >= low).then(place).otherwise(band)
    rows = {
        row[0]: row[1:]
        for row in frame.filter(pl.col("recency_days").is_not_null())
        .group_by(band.alias("band"))
        .agg(pl.len(), total_of("worth"), payers("worth").alias("payers"))
        .collect()
        .rows()
    }
    if not rows:
        return ()
    groups = [Group((str(place),), *rows.get(place, (0, Decimal(0), 0))) for place in range(len(BANDS))]
    shown, _ = cells(groups, k)
    return tuple(
        Band(low, high, cell.customers, cell.amount, cell.amount_share)
        for (low, high), cell in zip(BANDS, shown, strict=True)
    )


def gone() -> pl.Expr:
    """Return how likely a customer is gone: the churn risk of a contract, else one less the chance of buying again."""
    return pl.coalesce(pl.col("churn_risk").cast(pl.Float64), 1 - pl.col("p_alive").cast(pl.Float64))


def _risk(frame: pl.LazyFrame) -> tuple[int, int, Decimal, int]:
    """Return customers with a risk, those more likely gone than not, what these brought, and how many of them brought it."""
    likely = (gone() >= LIKELY).fill_null(value=False)
    known, count, amount, paid = (
        frame.select(
            gone().is_not_null().sum().alias("known"),
            likely.sum().alias("count"),
            pl.col("worth").filter(likely).cast(pl.Decimal(38, 4)).sum().alias("amount"),
            (pl.col("worth").fill_null(0) != 0).filter(likely).sum().alias("paid"),
        )
        .collect()
        .row(0)
    )
    return int(known), int(count), amount or Decimal(0), int(paid)


def _best(sources: Sources, frame: pl.LazyFrame) -> Best | None:
    """Count who of the highest money class may be lost: more likely gone than not; where no risk is known, quiet for long."""
    columns = sources.columns("value")
    if "value_class" not in columns:
        return None
    best = frame.filter(level("financial", columns) >= 3)
    quiet = pl.col("recency_days").cast(pl.Int64) > QUIET_DAYS
    ways = (("keep_at_risk", gone() >= LIKELY, None), ("win_back", quiet, QUIET_DAYS))
    everybody = int(best.select(pl.len()).collect().item())
    for code, lost, days in ways:
        count, amount, paid = (
            best.filter(lost).select(pl.len(), total_of("worth"), payers("worth").alias("paid")).collect().row(0)
        )
        if count:
            few = count < sources.k or not tells(count, everybody, sources.k)
            return None if few else Best(code, count, everybody, HIDDEN if 0 < paid < sources.k else amount, days)
    return None


def _by_segment(sources: Sources, frame: pl.LazyFrame) -> pl.LazyFrame:
    """Return the frame with the next dimension of each customer's segment, where the profiles know it."""
    if "segments" not in sources.tables or "next_dimension" not in sources.columns("segment_profiles"):
        return frame
    profiles = sources.tables["segment_profiles"].select("segment", "next_dimension")
    assigned = sources.tables["segments"].select("customer_id", "segment").join(profiles, on="segment")
    return frame.drop("next_dimension").join(assigned, on="customer_id", how="left")


def _growth(frame: pl.LazyFrame, k: int) -> tuple[Cell, ...]:
    """Count customers by next dimension, those of whom nothing can be said last; nothing where that is everybody."""
    rows = (
        frame.group_by(pl.col("next_dimension").cast(pl.String).fill_null(NOTHING_SAID))
        .agg(pl.len(), total_of("worth"), payers("worth").alias("payers"))
        .collect()
        .rows()
    )
    if all(row[0] == NOTHING_SAID for row in rows):
        return ()
    order = {name: place for place, name in enumerate((*DIMENSIONS, NOTHING_SAID))}
    rows.sort(key=lambda row: (order.get(row[0], len(order)), row[0]))
    return cells([Group((str(row[0]),), row[1], row[2], row[3]) for row in rows], k)[0]
