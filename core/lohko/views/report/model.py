"""The report as one plain value: counts, money and codes. No words, no language, no layout.

Renderers look the words up and draw. A number that is ``None`` is not known; a number that is :data:`HIDDEN` is known
but belongs to fewer people than may be shown.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from lohko.views.report.beside import Cross, Fairness
    from lohko.views.report.experience import Experience
    from lohko.views.report.outlook import Outlook
    from lohko.views.report.reaching import Permissions
    from lohko.views.report.targets import Targets

SCHEMA: Final = "lohko.report/1"
DIMENSIONS: Final = ("financial", "visits", "social")


class Hidden(Enum):
    """The one value that stands for a number kept back."""

    HIDDEN = "hidden"


HIDDEN: Final = Hidden.HIDDEN
Shown = int | Hidden
"""A number of people: shown, or kept back because the group is too small."""
Amount = Decimal | Hidden | None
Ratio = float | Hidden | None


@dataclass(frozen=True, slots=True)
class Count:
    """How many of something that is named by a code."""

    code: str
    count: int


@dataclass(frozen=True, slots=True)
class Reject:
    """How many rows of a table were kept aside, or cells left empty, for a reason."""

    table: str
    code: str
    count: int


@dataclass(frozen=True, slots=True)
class Register:
    """What came in and what is left of it.

    Attributes
    ----------
    rows_in : customer rows read, or None where no step kept account
    customers : customers there really are
    merged, rejected, dropped, erased : rows that went another way; with ``rows_in + derived`` they add up to ``rows_out``
    derived : customers made from events
    rows_out : customer rows in the package
    deduped : True where duplicates have been looked for
    groups : customers that were made of several rows
    pairs_review : pairs of rows a person should look at
    households : households
    rejects : rows that could not be read and cells left empty, by table and reason code, most first
    rejected_rows : rows that could not be read, over all tables
    nameless_sales : sales rows that name no customer; kept aside as well, but no errors
    postcodes : customer rows by postcode status; postcodes_changed of them were repaired
    """

    customers: int
    rows_in: int | None = None
    derived: int = 0
    merged: int = 0
    rejected: int = 0
    dropped: int = 0
    erased: int = 0
    rows_out: int | None = None
    deduped: bool = False
    groups: int | None = None
    pairs_review: int | None = None
    households: int | None = None
    rejected_rows: int = 0
    nameless_sales: int = 0
    rejects: tuple[Reject, ...] = ()
    postcodes: tuple[Count, ...] = ()
    postcodes_changed: int | None = None


@dataclass(frozen=True, slots=True)
class Population:
    """The customers the report speaks of.

    Attributes
    ----------
    customers : those who were valued, as of the report's day; all of the register where nobody was
    register : customers in the register, None where the package has none
    later : of them, those who are not among ``customers``
    because_later : True where the valuation left them out as customers who came only after its day
    """

    customers: int
    register: int | None
    later: Shown
    because_later: bool


@dataclass(frozen=True, slots=True)
class Money:
    """What customers brought in: net of refunds, exact to the fourth decimal. An amount that too few brought is hidden.

    Attributes
    ----------
    currency : ISO 4217, or None where the data does not say
    total : all of the package's rows until the report's day, and the contracts
    known : of it, what the report's customers brought in
    contracts : of that, what contracts brought that no transaction carries
    unknown : what rows of customers who are not in the register carry, None where no step said; unknown_rows: how many
    paying : customers with a net amount above nothing
    top_share : share of the known customers' net amount that the top tenth of the customers brought
    """

    currency: str | None
    total: Amount
    known: Amount
    contracts: Amount
    unknown: Amount
    unknown_rows: Shown | None
    paying: Shown
    top_customers: Shown
    top_share: Ratio


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its code (``money``, ``visits``, ``social``, ``moved``), the customers it comes from, and what it amounts to."""

    code: str
    customers: Shown
    amount: Amount


@dataclass(frozen=True, slots=True)
class Priced:
    """Engagement in money at the user's prices.

    Attributes
    ----------
    parts : those that are known; empty where one is hidden, since the others would give it away
    total : all of them together; None where something that happened has no price
    missing : keys of the prices that are missing
    margin : the share of turnover that counts as money; None: all of it
    passed_on, passed_on_by : lifetime value that is due to others, and of how many customers; None where there is none to tell
    """

    parts: tuple[Part, ...]
    total: Amount
    missing: tuple[str, ...]
    margin: float | None
    passed_on: Amount
    passed_on_by: Shown | None


@dataclass(frozen=True, slots=True)
class Cell:
    """A group of customers: how many, the net amount they brought, and both as shares of all customers."""

    key: tuple[str, ...]
    customers: Shown
    share: Ratio
    amount: Amount
    amount_share: Ratio


@dataclass(frozen=True, slots=True)
class Level:
    """Customers in one class (0 none to 3 high) of one dimension."""

    dimension: str
    level: int
    customers: Shown


@dataclass(frozen=True, slots=True)
class Bubble:
    """One cell of the map: customers in class ``x`` of one dimension and ``y`` of another.

    ``third`` is the share of them with anything in the third dimension, to the nearest twentieth: an exact share would
    tell of single people. It is hidden where those, or the others, are too few.
    """

    x: int
    y: int
    customers: Shown
    third: Ratio


@dataclass(frozen=True, slots=True)
class Dimensions:
    """The map of value: presence cells, classes, and the grid of two dimensions with the third inside.

    Attributes
    ----------
    measured : the dimensions in which anybody has anything
    cells : one group for each combination of measured dimensions, key in the order of ``measured`` (``yes``/``no``)
    rest : customers and money of the cells that are kept back, together
    levels : customers per class of each measured dimension
    axes : the dimensions across, up and inside the bubbles
    """

    measured: tuple[str, ...]
    cells: tuple[Cell, ...]
    rest: Cell | None
    levels: tuple[Level, ...]
    axes: tuple[str, ...]
    bubbles: tuple[Bubble, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: the four numbers, how sure, and what marks it.

    Attributes
    ----------
    names : its name by language; ``name`` where there is none
    stability : mean Jaccard similarity of the cluster over resamples, 0 to 1
    confidence : median confidence of its members, 0 to 1
    rules : in words, by language, the empty string naming the language of the package's table
    hint, goal, next_dimension : codes of how to treat it
    reach : customers who may be contacted, by channel
    risk : mean churn risk, None where there is none
    medians : medians of plain features, as the segmentation wrote them
    """

    slug: str
    name: str
    names: Mapping[str, str]
    customers: int
    share: float
    amount: Amount
    amount_share: Ratio
    stability: float | None
    confidence: float | None
    rules: Mapping[str, str]
    hint: str | None = None
    goal: str | None = None
    next_dimension: str | None = None
    reach: Mapping[str, Shown] = field(default_factory=dict)
    risk: float | None = None
    medians: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choice:
    """Why there are ``k`` segments: asked for or chosen, whether every test was passed, and the tests' figures."""

    k: int
    asked: bool
    passed: bool
    prediction_strength: float
    jaccard_min: float
    smallest_share: float


@dataclass(frozen=True, slots=True)
class Segments:
    """All segments, most value first; ``rest`` holds those too small to show, together, ``count`` counts them as well.

    ``apart`` names the groups among them that are set apart by rule: ``new``, ``inactive``. ``levels`` crosses them with the value classes,
    ``fairness`` with columns that were kept out of them.
    """

    items: tuple[Segment, ...]
    count: int
    rest: Cell | None
    without: Shown
    choice: Choice | None
    apart: tuple[str, ...] = ()
    levels: tuple[Cross, ...] = ()
    fairness: tuple[Fairness, ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do: a code whose words name what, and the figures they are filled with; ``amount`` is the money it touches."""

    code: str
    customers: int
    amount: Amount
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StepRun:
    """One step that made this package."""

    step: str
    version: str
    as_of: str | None
    inputs: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """The value report. A section that is ``None`` cannot be told yet; ``missing`` names the command that would."""

    as_of: dt.date
    group_minimum: int
    population: Population | None
    register: Register | None
    money: Money | None
    dimensions: Dimensions | None
    segments: Segments | None
    permissions: Permissions | None
    outlook: Outlook | None
    experience: Experience | None
    targets: Targets | None
    actions: tuple[Action, ...]
    missing: Mapping[str, str]
    steps: tuple[StepRun, ...]
    attributions: tuple[str, ...] = ()  # source lines that licences ask for
    priced: Priced | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain JSON values: money as exact decimal text, dates in ISO, what is kept back as ``"hidden"``."""
        return {"schema_version": 1, "schema": SCHEMA, **plain(self)}


def plain(value: Any) -> Any:
    """Return a report value, or a part of one, as plain JSON values."""
    if isinstance(value, Hidden):
        return value.value
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.date):
        return value.isoformat()
    if dataclasses.is_dataclass(value):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value
