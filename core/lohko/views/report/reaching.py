"""Whom a company may contact, as plain values: the decisions channel by channel, what would open them, and what proof lacks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from lohko.views.report.model import Amount, Shown


@dataclass(frozen=True, slots=True)
class Opening:
    """What would open a channel, to how many customers, and the net amount they brought (None: not known)."""

    code: str
    customers: int
    amount: Amount


@dataclass(frozen=True, slots=True)
class Channel:
    """The decisions of one channel.

    Attributes
    ----------
    decisions, amounts : customers by decision, and the net amount they brought
    reasons : customers by reason, of those who may not be contacted as it is
    openings : what would open the channel to customers: ``renew`` a permission on record, ``screen`` a register,
        ``inform`` of the marketing use, ``decide`` by a person
    """

    channel: str
    decisions: Mapping[str, Shown]
    amounts: Mapping[str, Amount]
    reasons: Mapping[str, Shown]
    openings: tuple[Opening, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """What is missing of the evidence from a source (None: there is none), what mends it, how many it holds back and would be reachable."""

    channel: str
    source: str | None
    missing: tuple[str, ...]
    repair: tuple[str, ...]
    customers: int
    reachable: Shown


@dataclass(frozen=True, slots=True)
class Permissions:
    """Who may be contacted, channel by channel; decided as of ``as_of``; ``any`` may be reached by some channel.

    ``gaps`` are told where the report speaks of all who were decided on; those too small to show are left out.
    """

    customers: int
    channels: tuple[Channel, ...]
    reachable: Shown
    as_of: dt.date | None
    gaps: tuple[Gap, ...] = ()
