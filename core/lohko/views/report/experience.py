"""What customers say, as plain values: scores by group with what a sample leaves open, and the words of each group."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from lohko.views.report.model import Cell, Ratio, Shown


@dataclass(frozen=True, slots=True)
class Score:
    """A group's score on a measure.

    Attributes
    ----------
    whole : what the group is a part of: ``all``, ``segment``, or a dimension (its classes)
    group : the segment's slug, or the class ``0`` to ``3``; empty for ``all``
    answers : customers who answered, one answer each
    value, low, high : the score and its 95 % interval; None: too few answers to tell, hidden where the group is too small to show
    against : ``above`` or ``below`` all others of the whole together, ``open`` where a difference may be chance; None: not told
    """

    whole: str
    group: str
    answers: Shown
    value: Ratio
    low: Ratio
    high: Ratio
    against: str | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure (``nps``, ``csat``, ``ces``): the lowest and highest it can be, over all, by segment, by class of each dimension."""

    measure: str
    lowest: float
    highest: float
    overall: Score
    groups: tuple[Score, ...]


@dataclass(frozen=True, slots=True)
class Mood:
    """Promoters, passives or detractors: how many, what they brought, and the shares of them with visits and social acts.

    A share of a dimension in which nobody has anything is None.
    """

    mood: str
    cell: Cell
    visits: Ratio
    social: Ratio


@dataclass(frozen=True, slots=True)
class Used:
    """A word and how many of the group's customers used it."""

    word: str
    customers: int


@dataclass(frozen=True, slots=True)
class Voice:
    """The open words of a group.

    Attributes
    ----------
    whole : ``segment`` or ``mood``
    group : the segment's slug or the mood
    writers : customers who wrote
    telling : words that tell the group from the others, the most telling first; none: no word does
    common : the words it uses most
    quotes : texts as they were written; only where they were asked for
    """

    whole: str
    group: str
    writers: Shown
    telling: tuple[Used, ...]
    common: tuple[Used, ...]
    quotes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contacts:
    """Customers who contacted the service, in all (``group`` empty) or in a segment, and their share of it."""

    group: str
    customers: Shown
    share: Ratio


@dataclass(frozen=True, slots=True)
class Experience:
    """What customers said from ``first`` to ``last``.

    Attributes
    ----------
    customers : customers of the report, of whom ``answered`` gave a score
    measures : those that anybody answered, in the order of the vocabulary
    moods : by NPS answer; empty where too few answered
    contacts : over all, then by segment; empty where no service contact is on record
    voices : by mood, then by segment
    quoted : True where texts are shown as they were written
    """

    first: dt.date
    last: dt.date
    customers: int
    answered: Shown
    measures: tuple[Measure, ...]
    moods: tuple[Mood, ...]
    contacts: tuple[Contacts, ...]
    voices: tuple[Voice, ...]
    quoted: bool
