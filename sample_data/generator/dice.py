"""Chance that repeats: the same draws on every machine and Python.

Only ``Random.random()`` is used, whose sequence Python promises to keep; ``choice``, ``sample`` and ``gauss`` may change
between versions. Every part of the generator throws dice of its own, so that changing one part leaves the others.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import TypeVar

T = TypeVar("T")
SEED = 20261031


class Dice:
    """A named stream of chance."""

    def __init__(self, *key: object) -> None:
        self._random = Random(":".join(str(part) for part in (SEED, *key))).random

    def chance(self, p: float) -> bool:
        return self._random() < p

    def share(self) -> float:
        return self._random()

    def between(self, low: int, high: int) -> int:
        """Draw a whole number from low to high, both included."""
        return low + int(self._random() * (high - low + 1))

    def pick(self, items: Sequence[T]) -> T:
        return items[int(self._random() * len(items))]

    def common(self, items: Sequence[T], flatness: int = 8) -> T:
        """Pick an item, the first ones more often, as with names (rank r weighs 1 / (r + flatness))."""
        total = sum(1 / (rank + flatness) for rank in range(len(items)))
        left = self._random() * total
        for rank, item in enumerate(items):
            left -= 1 / (rank + flatness)
            if left < 0:
                return item
        return items[-1]

    def weighted(self, weights: Mapping[T, float]) -> T:
        left = self._random() * sum(weights.values())
        for item, weight in weights.items():
            left -= weight
            if left < 0:
                return item
        return next(reversed(list(weights)))

    def some(self, items: Sequence[T], count: int) -> list[T]:
        """Draw ``count`` different items, in the order of the draw."""
        pool = list(items)
        for place in range(min(count, len(pool))):
            other = self.between(place, len(pool) - 1)
            pool[place], pool[other] = pool[other], pool[place]
        return pool[:count]

    def normal(self) -> float:
        """Standard normal, near enough: a sum of twelve uniform draws."""
        return sum(self._random() for _ in range(12)) - 6

    def spread(self, sigma: float) -> float:
        """Log-normal factor with median 1."""
        return math.exp(sigma * self.normal())

    def count(self, mean: float) -> int:
        """Poisson count (Knuth's method; means here are small)."""
        limit, product, count = math.exp(-min(mean, 60.0)), self._random(), 0
        while product > limit:
            product *= self._random()
            count += 1
        return count

    def day(self, first: date, last: date) -> date:
        return first + timedelta(days=self.between(0, max(0, (last - first).days)))

    def clock(self, day: date, hours: Mapping[int, float]) -> datetime:
        """Draw a time of that day, by the weights of its hours."""
        return datetime(day.year, day.month, day.day, self.weighted(hours), self.between(0, 59), self.between(0, 59))  # noqa: DTZ001 - local times, zones are named where files are written
