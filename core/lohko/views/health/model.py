"""The health of a register as one plain value: counts, scores, money and codes. No words, no language, no layout."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from lohko.cleaning.origins import Month, Origin
from lohko.views.report.model import Count, Reject, plain
from lohko.views.report.reaching import Permissions

SCHEMA: Final = "lohko.health/1"


@dataclass(frozen=True, slots=True)
class File:
    """A file the register was read from.

    Attributes
    ----------
    name, bytes, sha256 : what was read
    rows : rows in it, None where not told; likewise encoding and delimiter
    """

    name: str
    sha256: str = ""
    bytes: int | None = None
    rows: int | None = None
    encoding: str | None = None
    delimiter: str | None = None


@dataclass(frozen=True, slots=True)
class Register:
    """What was examined.

    Attributes
    ----------
    rows, customers : customer rows, and the different ids on them
    columns : columns of the register; ``carried`` of them are the user's own
    files : what it was read from
    dates : column to the form in which its dates were read
    steps : the steps that made the package, in order; none for a bare file
    rejected, dropped : rows that could not be read, and those that were no customers (headers, totals, blanks)
    rejects : rows kept aside and cells left empty, by reason
    home_country, shown_by : country of rows that name none, and what shows it
    postcode_list : the user's own list by which codes were judged; None: those that come with lohko
    """

    rows: int
    customers: int
    columns: int
    carried: int
    files: tuple[File, ...]
    dates: Mapping[str, str]
    steps: tuple[str, ...]
    rejected: int
    dropped: int
    rejects: tuple[Reject, ...]
    home_country: str | None
    shown_by: str | None
    postcode_list: str | None = None


@dataclass(frozen=True, slots=True)
class Fill:
    """How many rows have anything in a column; ``own`` columns are the user's."""

    column: str
    filled: int
    own: bool


@dataclass(frozen=True, slots=True)
class Field:
    """The state of one field.

    Attributes
    ----------
    rows : rows that should have it (of dates: those that have one)
    sound, mendable, doubtful, wrong, missing : rows by the worst that is said of the field; they add up to ``rows``
    score : 0 to 100: the mean of the rows' points
    weight : what it weighs in the register's score; 0 where it has no part in it
    faults : rows by code, most first; a row may have several
    """

    name: str
    rows: int
    sound: int
    mendable: int
    doubtful: int
    wrong: int
    missing: int
    score: float | None
    weight: float
    faults: tuple[Count, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """The register's score: its value, the grade it stands for, and the parts it is the weighted mean of.

    Attributes
    ----------
    parts : name, score, weight of every part that could be tested; untested : names of those that could not
    """

    value: float | None
    grade: str | None
    parts: tuple[tuple[str, float, float], ...]
    untested: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """Customers by what a channel's data allow (permissions aside); None where the register has no such column.

    Attributes
    ----------
    post, email, phone : reachable, doubtful and not reachable customers
    none : customers whom no channel reaches, doubtful ones counted as reached
    """

    customers: int
    post: tuple[int, int, int] | None
    email: tuple[int, int, int] | None
    phone: tuple[int, int, int] | None
    none: int


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Doubled customers.

    Attributes
    ----------
    looked : True where pairs have been compared, now or by an earlier step
    merged : rows that an earlier step merged, None where none did
    low, expected, high : customers too many: sure ones, by probability, and with every doubtful pair
    charged_low, charged_expected, charged_high : of them, those whose letters arrive (the others' are counted as wasted)
    pairs_review : pairs for a person to judge
    households : households of several customers
    repeated_rows : rows beyond the first of a customer id
    identical : rows that say the same of name, address, e-mail and phone as another customer's
    shared_email, shared_phone : customers who share one with another customer, None where there is no such column
    """

    looked: bool
    merged: int | None
    low: float
    expected: float
    high: float
    charged_low: float
    charged_expected: float
    charged_high: float
    pairs_review: int
    households: int | None
    repeated_rows: int
    identical: int
    shared_email: int | None
    shared_phone: int | None


@dataclass(frozen=True, slots=True)
class Ages:
    """How long ago rows were last changed.

    Attributes
    ----------
    known, unknown : rows with and without a day; changed : those whose day of change is on record (else: the day they were made)
    bands : lower and upper edge in years (None: open) and rows
    median : years; fresh : rows changed within ``fresh_years``
    moved : people expected to have moved since, an estimate; moving_rate : the yearly share it rests on
    """

    known: int
    unknown: int
    bands: tuple[tuple[float, float | None, int], ...]
    median: float | None
    fresh: int
    fresh_years: float
    moved: float
    moving_rate: float
    changed: int


@dataclass(frozen=True, slots=True)
class Accuracy:
    """What an outside register says.

    Attributes
    ----------
    entries, status : entries of ``address_updates``, in all and by status
    matched : customer rows that `clean` found an entry for, by status; None where it has not looked
    """

    entries: int
    status: tuple[Count, ...]
    matched: tuple[Count, ...] | None = None


@dataclass(frozen=True, slots=True)
class Find:
    """A column whose text holds what should not stand there: of what kind and how many rows, never what."""

    column: str
    kind: str
    rows: int


@dataclass(frozen=True, slots=True)
class Areas:
    """Customers by how their area was found: by postcode, by municipality, or not at all."""

    postcode: int
    municipality: int
    none: int


@dataclass(frozen=True, slots=True)
class Span:
    """An amount, from low to high; ``expected`` is None where an input for it is missing."""

    low: Decimal
    expected: Decimal | None
    high: Decimal


@dataclass(frozen=True, slots=True)
class Stream:
    """A yearly mailing: its prices, and the waste in it (None: prices are missing)."""

    name: str
    mailings: Decimal | None
    print: Decimal | None
    postage: Decimal | None
    waste: Span | None
    doubled: Span | None


@dataclass(frozen=True, slots=True)
class Money:
    """What the faults cost in a year.

    Attributes
    ----------
    inputs : every price by its key in ``[costs]``; None: not given
    missing : the keys without which a sum cannot be made
    sure, suspect : customers whose letters do not, and may not, arrive
    letters, doubled_letters : wasted letters in a year, low, expected and high; None where their number is not known
    streams : the mailings
    invoices : late payments; total : all of it (None: nothing could be priced; parts that could not are in ``missing``)
    moved : what letters to those expected to have moved would cost, apart from the total
    """

    currency: str | None
    inputs: Mapping[str, Any]
    missing: tuple[str, ...]
    sure: int
    suspect: int
    streams: tuple[Stream, ...]
    invoices: Decimal | None
    total: Span | None
    moved: Decimal | None


@dataclass(frozen=True, slots=True)
class Fix:
    """One thing to do.

    Attributes
    ----------
    action : ``merge``, ``judge`` (what is left after merging), ``clean``, ``address``, ``correct`` or ``ask``
    field : the field it is done to, None where it is done to several
    rows : customer rows it mends (of ``merge`` and ``judge``: expected customers too many, rounded)
    faults : rows by the fault it mends, most first
    amount : what the faults cost in a year (expected; high where there is no expectation), None without prices
    source, source_rows, since : the source that writes most of these rows, where one does, how many, and from which month on
    """

    action: str
    field: str | None
    rows: int
    faults: tuple[Count, ...]
    amount: Decimal | None
    source: str | None = None
    source_rows: int = 0
    since: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A figure now and then. ``name`` is a field, a fault's code, or ``rows``, ``customers``, ``score``, ``total``."""

    kind: str
    name: str
    before: float | None
    now: float | None


@dataclass(frozen=True, slots=True)
class Since:
    """What changed since an earlier register: its name, its day, and the figures that differ."""

    name: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Health:
    """The report. A part that could not be tested is None, and the report says why."""

    as_of: dt.date
    register: Register
    score: Score
    fields: tuple[Field, ...]
    fills: tuple[Fill, ...]
    reach: Reach
    duplicates: Duplicates
    ages: Ages
    accuracy: Accuracy | None
    permissions: Permissions | None
    proof_missing: Mapping[str, Mapping[str, int]]
    sensitive: tuple[Find, ...]
    areas: Areas | None
    origins: tuple[Origin, ...]
    files: tuple[Origin, ...]
    months: tuple[Month, ...]
    money: Money
    fixes: tuple[Fix, ...]
    postcodes: tuple[Count, ...]
    since: Since | None = None
    group_minimum: int = 5

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON values: money as exact decimal text, what is kept back as the word ``hidden``."""
        return {"schema_version": 1, "schema": SCHEMA, **plain(self)}
