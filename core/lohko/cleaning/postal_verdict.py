"""What is said of one postcode: its place on the status ladder, and the value to write, where that is sure."""

from __future__ import annotations

from dataclasses import dataclass

STATUSES = (
    "missing",
    "valid",
    "valid_po_box",
    "valid_corporate",
    "valid_other_type",
    "format_fixed",
    "repaired_unique",
    "foreign",
    "place_mismatch",
    "retired",
    "ambiguous",
    "invalid",
)
WRITTEN = ("format_fixed", "repaired_unique")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement on one postcode.

    Attributes
    ----------
    status : one of ``STATUSES``
    new : the value to write; set only for ``format_fixed`` and ``repaired_unique``
    rule : which rule allows the new value (``changes.rule``)
    placed : True where a place name agrees with the code
    candidates : codes it may have meant, for people to choose from
    since : the day from which a retired code is gone, where the list tells
    """

    status: str
    new: str | None = None
    rule: str | None = None
    placed: bool = False
    candidates: tuple[str, ...] = ()
    since: str | None = None
