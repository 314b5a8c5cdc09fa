"""Parameters of this trade's steps. Nothing heavy is imported here: ``lohko --help`` reads it."""

from __future__ import annotations

from dataclasses import dataclass

from lohko.errors import UsageFault
from lohko.parameters import Params, option, package_option


@dataclass(frozen=True, slots=True)
class DedupeParams(Params):
    """Parameters of ``lohko dedupe``."""

    threshold: float = option(0.6, "merge two rows from this match probability on", low=0.5, high=1.0)
    review: float = option(0.2, "pairs from this probability up to the threshold go to review", low=0.0, high=1.0)
    compare: tuple[str, ...] = option(
        (),
        "a further column to compare, COLUMN[:KIND], KIND one of name, text, address, postcode, date, number, id, category, "
        "email, phone (default: found out)",
        metavar="COLUMN[:KIND]",
    )
    survivorship: tuple[str, ...] = option(
        (),
        "which row's value survives, COLUMN:RULE, RULE one of newest (most_recent), most_complete, most_frequent, earliest, latest, own, "
        "or source_order=FIRST>SECOND",
        metavar="COLUMN:RULE",
    )
    precision: float | None = option(
        None,
        "choose the threshold so that by the model's own probabilities at least this share of the merged pairs is right, "
        "such as 0.99; takes the place of --threshold",
        low=0.5,
        high=1.0,
    )
    answers: str | None = option(
        None,
        "a review file with answers filled in; they bind, and the model learns from them",
        metavar="FILE",
        file=True,
    )
    lang: str = option("en", "language of the review file", choices=("en", "fi", "sv"))
    raw: bool = option(False, "leave cells of the review file as they are, formulas too")
    against: str | None = package_option(
        "a register that stands: rows of the input that are its customers get their ids, and it stays as it is"
    )
    undo: bool = option(
        False, "take the merging back: the register as it came, from a package that dedupe or clean made"
    )

    def __post_init__(self) -> None:
        """Check that the two thresholds stand in order."""
        super(DedupeParams, self).__post_init__()
        if self.review > self.threshold:
            raise UsageFault(
                "option_value",
                f"--review {self.review} is above --threshold {self.threshold}",
                hint="review lies below the threshold",
            )
