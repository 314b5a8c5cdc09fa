"""Customers known too briefly, by too few events, to be told apart: they are new, and not forced into a cluster."""

from __future__ import annotations

import numpy as np

from lohko.segments.behaviour import Behaviour, Bools


def newcomers(behaviour: Behaviour, events: int, days: int) -> Bools:
    """Tell who is new: fewer than so many events, the first of them at most so many days ago.

    One purchase two years ago says a good deal (it was not followed by another); one purchase last week says next to nothing. With 0
    days nobody is new, nor where the value table does not tell since when a customer is known (``tenure_days``).
    """
    if behaviour.events is None or behaviour.tenure is None or not days:
        return np.zeros(len(behaviour.ids), dtype=np.bool_)
    with np.errstate(invalid="ignore"):  # not known since when: NaN, which is no number of days
        return np.asarray((behaviour.events < events) & (behaviour.tenure <= days))
