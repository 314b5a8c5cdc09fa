"""Where the parts of a drawing with one axis stand, in its wide and in its narrow form."""

from __future__ import annotations

from dataclasses import dataclass

LEAD = 18.0
"""From one line of text to the next."""


@dataclass(frozen=True, slots=True)
class Room:
    """Where things stand: the whole width, the names' column (0: names stand above), and both ends of the axis."""

    css: str
    width: float
    names: float
    left: float
    right: float

    def x(self, place: float) -> float:
        """Return where a place on the axis (0 to 1) stands."""
        return self.left + place * (self.right - self.left)
