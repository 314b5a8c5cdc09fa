"""An axis with round ticks for values that need not begin at nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass

_TICKS = 5
"""Steps between ticks, at most."""
_LEAST = 0.1
"""An axis is no shorter: finer differences are no news in a score."""


@dataclass(frozen=True, slots=True)
class Axis:
    """From ``first`` to ``last``, with round ``ticks`` within."""

    first: float
    last: float
    ticks: tuple[float, ...]

    def place(self, value: float) -> float:
        """Return where a value stands, 0 to 1."""
        return round(min(1.0, max(0.0, (value - self.first) / (self.last - self.first))), 6)


def axis(low: float, high: float, lowest: float, highest: float) -> Axis:
    """Return the shortest axis with round ends that holds ``low`` to ``high``, within what the scale allows."""
    low, high = max(low, lowest), min(high, highest)
    if high - low < _LEAST:
        low, high = max(lowest, low - _LEAST), min(highest, high + _LEAST)
    power = 10.0 ** math.floor(math.log10(high - low))
    steps = (power * size for size in (0.2, 0.25, 0.5, 1, 2, 2.5, 5, 10))
    step = next(step for step in steps if math.ceil(high / step) - math.floor(low / step) <= _TICKS)
    first, last = math.floor(low / step), math.ceil(high / step)
    ticks = tuple(round(place * step, 6) for place in range(first, last + 1))
    held = tuple(tick for tick in ticks if lowest <= tick <= highest)
    return Axis(max(lowest, ticks[0]), min(highest, ticks[-1]), held)
