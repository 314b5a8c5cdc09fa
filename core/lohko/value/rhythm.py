"""How evenly a customer's days lie: a habit, or a burst and then silence."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lohko.value.tally import Ints, customers_of, days_of, starts

LEAST_DAYS = 3  # of fewer, evenness says nothing


def regularity(slot: Ints, end: int) -> NDArray[np.float64]:
    """Return, per customer with a day, how evenly their days lie from the first to the end, from 0 to 1.

    The time from the first day to the end is cut at each day; the measure is the entropy of the pieces' shares over its
    most, the log of their number: 1 where all pieces are equal, near 0 where the days lie in one burst. It is 1 less
    the clumpiness of Zhang, Bradlow & Small (2015, *Marketing Science* 34(2)), with the time observed beginning at the
    customer's own first day.

    Parameters
    ----------
    slot : the distinct days of customers as `lohko.value.tally.slots`, sorted, none after ``end``
    end : last day that counts, in days since 1970

    Returns
    -------
    one value per customer in ``slot``, in order; NaN for those with fewer than `LEAST_DAYS` days
    """
    n = customers_of(slot)
    begin = starts(n)
    if not begin.size:
        return np.zeros(0)
    day = days_of(slot)
    piece = np.diff(day, append=end + 1)
    last = np.append(begin, slot.size)[1:] - 1
    piece[last] = end + 1 - day[last]
    span = (end + 1 - day[begin]).astype(np.float64)
    length = np.arange(int(piece.max()) + 1, dtype=np.float64)
    weighed = length * np.log(np.maximum(length, 1.0))  # pieces are whole days: a table of the few lengths there are
    entropy = np.log(span) - np.add.reduceat(weighed[piece], begin) / span
    count = last - begin + 1
    most = np.log(np.maximum(count, 2))
    return np.where(count >= LEAST_DAYS, np.round(np.clip(entropy / most, 0.0, 1.0), 6), np.nan)
