"""How fresh the register is, and how many of its people are likely to have moved since anybody looked."""

from __future__ import annotations

import math

from lohko.cleaning.faults import Examined
from lohko.views.health.model import Ages
from lohko.views.health.settings import scoring


def ages(examined: Examined, moving_rate: float | None) -> Ages:
    """Return rows by the years since their last change, and the expected number of moves.

    The estimate adds up, row by row, the chance ``1 - (1 - h) ** years`` of at least one move at a yearly rate ``h``.
    It stands apart from what was found: nobody knows which rows they are.
    """
    rules = scoring()["fresh"]
    rate = rules["moving_rate"] if moving_rate is None else moving_rate
    years = examined.rows["year"].drop_nulls().sort()
    edges: list[float] = [0, *rules["bands"]]
    bands = []
    for low, high in zip(edges, [*edges[1:], None], strict=True):
        inside = (years >= low) & (years < high) if high is not None else years >= low
        bands.append((float(low), None if high is None else float(high), int(inside.sum())))
    chances = [1 - (1 - rate) ** year for year in years]
    return Ages(
        known=years.len(),
        unknown=examined.rows.height - years.len(),
        bands=tuple(bands),
        median=round(float(years[(years.len() - 1) // 2]), 1) if years.len() else None,
        fresh=int((years <= rules["years"]).sum()),
        fresh_years=float(rules["years"]),
        moved=round(math.fsum(chances), 1),
        moving_rate=float(rate),
        changed=examined.scope.get("updated_at", 0),
    )
