"""Parameters and prices of ``lohko health``. Nothing heavy is imported here: ``lohko --help`` reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lohko.parameters import Params, option


@dataclass(frozen=True, slots=True)
class HealthParams(Params):
    """Parameters of ``lohko health``."""

    duplicates: bool = option(True, "look for duplicates (read-only); the longest part of the work")
    fail_under: float | None = option(
        None, "leave with exit code 1 if the register's score is below this", low=0, high=100, metavar="SCORE"
    )
    since: str | None = option(None, "an earlier package or file to compare with", metavar="IN", file=True)
    country: str | None = option(
        None,
        "country of rows that name none (ISO 3166-1 alpha-2); default: what the register itself shows",
        metavar="CC",
    )
    postcodes: str | None = option(
        None,
        "a newer list of Finland's codes: Posti's PCF file, or a CSV; default: that of the section [postcodes]",
        metavar="FILE",
        file=True,
    )
    lang: str = option("en", "language of the report", choices=("en", "fi", "sv"))
    output: str | None = option(None, "file of the report in `lohko run`, relative to the work folder", metavar="FILE")


@dataclass(frozen=True, slots=True)
class Prices(Params):
    """What faults cost: the ``[costs]`` section. No price has a default: what is not said is not known.

    Shares are between 0 and 1; money is in ``currency``.
    """

    mailings_per_year: float | None = option(None, "letters to a customer in a year", low=0)
    print: float | None = option(None, "printing and enveloping of a letter", low=0)
    postage: float | None = option(None, "postage of a letter", low=0)
    return_share: float | None = option(None, "share of the undeliverable letters that come back", low=0, high=1)
    return_handling: float | None = option(None, "handling of a letter that came back", low=0)
    suspect_share: float | None = option(None, "share of the doubtful addresses that are wrong in fact", low=0, high=1)
    invoices_per_year: float | None = option(None, "invoices to a customer by post in a year", low=0)
    mean_invoice: float | None = option(None, "mean amount of an invoice", low=0)
    interest_rate: float | None = option(None, "yearly cost of capital, as a share (0.08)", low=0, high=1)
    delay_days: float | None = option(None, "days by which a wrong address delays the payment", low=0)
    reminder_cost: float | None = option(None, "cost of a payment reminder", low=0)
    moving_rate: float | None = option(None, "share of people who move in a year", low=0, high=1)
    currency: str | None = option(None, "currency of the prices (ISO 4217)", metavar="CODE")


MAIL = ("mailings_per_year", "print", "postage", "return_share", "return_handling")
"""The prices that the cost of returned mail needs."""
INVOICES = ("invoices_per_year", "mean_invoice", "interest_rate", "delay_days", "reminder_cost")
"""… and of late invoices."""
STREAM = ("mailings_per_year", "print", "postage")
"""The prices that a mailing may have of its own."""


@dataclass(frozen=True, slots=True)
class Costs:
    """The ``[costs]`` section: prices, and mailings with prices of their own (name to keys of :data:`STREAM`)."""

    prices: Prices = field(default_factory=Prices)
    mailings: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
