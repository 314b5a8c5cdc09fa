"""The report's outlook as plain values: where value is at risk, where it could grow, and how well that was foretold."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from lohko.views.report.model import Amount, Cell, Ratio, Shown


@dataclass(frozen=True, slots=True)
class Band:
    """Customers whose last purchase was ``low`` to ``high`` days ago (``high`` None: or longer)."""

    low: int
    high: int | None
    customers: Shown
    amount: Amount
    amount_share: Ratio


@dataclass(frozen=True, slots=True)
class Best:
    """Of the highest money class: ``customers`` who are ``keep_at_risk`` (more likely gone) or ``win_back`` (quiet for ``days``)."""

    code: str
    customers: int
    of: int
    amount: Amount
    days: int | None


@dataclass(frozen=True, slots=True)
class Rule:
    """How well a rule foretold the purchases of a period held back: mean absolute error, bias, correlation, top tenth's share."""

    name: str
    mae: float
    bias: float | None
    correlation: float | None
    top_tenth: float | None


@dataclass(frozen=True, slots=True)
class Calibration:
    """Buyers with so many repeat purchases before the period: what was foretold of each, by the naive rate, and what came."""

    repeats: int
    customers: int
    predicted: float
    naive: float
    actual: float


@dataclass(frozen=True, slots=True)
class Backtest:
    """The models of buying on a period held back of ``days``, with ``buyers`` known before.

    Attributes
    ----------
    model : the best model, whose calibration is shown
    rules : each model, best first, then the naive rules
    calibration : by repeat purchases before the period; groups too small to show are left out
    """

    days: int
    buyers: int
    model: str
    rules: tuple[Rule, ...]
    calibration: tuple[Calibration, ...]


@dataclass(frozen=True, slots=True)
class Prospects:
    """All that customers are still to bring: lifetime value, visits and acts to come.

    Attributes
    ----------
    total : the sum; None where a part is missing or too few stand behind one
    customers : how many it is of
    missing : codes of what is missing, such as ``visits_unpriced``
    """

    total: Decimal | None
    customers: int
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    """Where value is at risk and where it could grow.

    Attributes
    ----------
    customers : customers who were valued
    bands : paying customers by the days since their last purchase
    risk_known : customers with a churn risk; none: it cannot be told yet
    risk_customers, risk_amount : customers with a risk of at least one half, and the net amount they brought
    expected : sum of the lifetime values forecast, of ``expected_customers``, over ``horizon_days``; None where there are none
    expected_low, expected_high : its 95 % interval; None where there is none to tell
    growth : customers by the dimension they could be activated in next
    growth_by : ``customer``, or ``segment`` where it is only known of a customer's segment
    best : best customers who may be lost; None where there are none, or too few to show
    backtest : how well purchases would have been foretold; None where no model was judged
    prospects : all that is still to come, or what is missing for the sum; None where the step did not say
    """

    customers: int
    bands: tuple[Band, ...]
    risk_known: Shown
    risk_customers: Shown
    risk_amount: Amount
    expected: Decimal | None
    expected_customers: Shown
    horizon_days: int | None
    growth: tuple[Cell, ...]
    growth_by: str
    best: Best | None
    backtest: Backtest | None = None
    expected_low: Decimal | None = None
    expected_high: Decimal | None = None
    prospects: Prospects | None = None
