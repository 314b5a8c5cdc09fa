"""Whom the report speaks of: one population for every section, and who of the register is not in it."""

from __future__ import annotations

from lohko.views.report.model import HIDDEN, Population
from lohko.views.report.sections.sources import Sources


def population(sources: Sources) -> Population | None:
    """Count the report's customers; None where the package has neither values nor customers."""
    people = sources.population
    if people is None:
        return None
    customers = int(sources.speaks_of.sum())
    if "customers" not in sources.tables:
        return Population(customers, None, 0, because_later=False)
    everybody, later = int(sources.registered.sum()), int((sources.registered & ~sources.speaks_of).sum())
    return Population(
        customers=customers,
        register=everybody,
        later=HIDDEN if 0 < later < sources.k else later,
        because_later=later > 0 and sources.figures("value").get("left_out_customers") == later,
    )
