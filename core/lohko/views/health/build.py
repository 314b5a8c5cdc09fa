"""From a register to its health: every figure is counted once, here; renderers only draw it. Nothing is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from lohko.cleaning.faults import Examined, examine
from lohko.cleaning.frames import in_order
from lohko.cleaning.origins import files, months, origins
from lohko.cleaning.params import ConsentsParams
from lohko.cleaning.postal_book import PostalBook
from lohko.matching.params import DedupeParams
from lohko.outcome import Env
from lohko.views.health.model import Health
from lohko.views.health.params import Costs
from lohko.views.health.sections import beside
from lohko.views.health.sections.ages import ages
from lohko.views.health.sections.duplicates import duplicates
from lohko.views.health.sections.fixes import fixes
from lohko.views.health.sections.money import money
from lohko.views.health.sections.reach import by_customer, posted, reach
from lohko.views.health.sections.register import fills, ladder, register
from lohko.views.health.sections.scores import fields, score
from lohko.views.health.sections.sensitive import sensitive
from lohko.views.report.build import GROUP_MINIMUM
from lohko.views.report.sections.sources import Sources


@dataclass(frozen=True, slots=True)
class Asked:
    """How the register is to be examined.

    Attributes
    ----------
    look : whether to compare pairs of rows for duplicates
    country : country of rows that name none (default: what the register shows)
    costs : the user's prices
    dedupe, consents : the parameters these steps would run with
    book : Finland's postcodes to go by; None: those that come with lohko
    places_right : the user says that the register's place names are right
    group_minimum : groups of fewer people are kept back where a figure tells of people rather than of rows
    """

    look: bool = True
    country: str | None = None
    costs: Costs = field(default_factory=Costs)
    dedupe: DedupeParams = field(default_factory=DedupeParams)
    consents: ConsentsParams = field(default_factory=ConsentsParams)
    book: PostalBook | None = None
    places_right: bool = False
    group_minimum: int = GROUP_MINIMUM


def build(
    tables: Mapping[str, pl.LazyFrame], history: Sequence[Mapping[str, Any]], env: Env, asked: Asked
) -> tuple[Health, Examined]:
    """Examine a register.

    Parameters
    ----------
    tables : ``customers``, and whatever else the package has
    history : the steps that made it, oldest first; for a bare file one record ``ingest`` of how it was read
    env : as-of day, zone, progress
    asked : see :class:`Asked`

    Returns
    -------
    The report, the same for the same register whatever the order of its rows; and the examined rows, for lists of failures.
    """
    env.progress("checking fields", 0, 4)
    customers = in_order(tables["customers"].collect())
    examined = examine(
        customers, env.as_of, env.timezone, country=asked.country, book=asked.book, places_right=asked.places_right
    )
    people = by_customer(examined)
    letters = posted(people, examined)
    env.progress("looking for duplicates", 1, 4)
    doubled = duplicates(
        tables, customers, letters.gone, env, look=asked.look, params=asked.dedupe, country=asked.country
    )
    env.progress("permissions", 2, 4)
    allowed, missing = beside.permissions(tables, asked.consents, env, asked.group_minimum)
    if not missing:
        missing = dict(Sources(tables, history, {}, asked.group_minimum).figures("consents").get("missing") or {})
    env.progress("sources and costs", 3, 4)
    aged = ages(examined, asked.costs.prices.moving_rate)
    parts = fields(examined)
    worth = money(asked.costs, letters, doubled, aged)
    sources = origins(examined)
    return Health(
        as_of=env.as_of,
        register=register(customers, examined, history, asked.book.source if asked.book else None),
        score=score(parts, doubled, aged, customers["customer_id"].n_unique()),
        fields=parts,
        fills=fills(examined),
        reach=reach(people, examined),
        duplicates=doubled,
        ages=aged,
        accuracy=beside.accuracy(tables),
        permissions=allowed,
        proof_missing=missing,
        sensitive=sensitive(tables),
        areas=beside.areas(tables, customers),
        origins=sources,
        files=files(examined),
        months=months(examined),
        money=worth,
        fixes=fixes(examined, people, doubled, worth, sources),
        postcodes=ladder(examined),
        group_minimum=asked.group_minimum,
    ), examined
