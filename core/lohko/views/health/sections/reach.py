"""Who could be reached at all, as far as the data go: by post, e-mail, phone, or not. Whether one may is another matter."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from lohko.cleaning.faults import Examined
from lohko.views.health.model import Reach

_CHANNELS = {"email": "email", "phone": "phone"}


@dataclass(frozen=True, slots=True)
class Posted:
    """Customers by what becomes of a letter to them.

    Attributes
    ----------
    sure : their letters do not arrive; suspect : they may not; ids of ``sure`` in ``gone``
    """

    sure: int
    suspect: int
    gone: pl.Series


def by_customer(examined: Examined) -> pl.DataFrame:
    """Return per customer the best that any of its rows says: ``post``, ``email``, ``phone`` (2 good, 1 doubtful, 0 not).

    Where the address is ``withheld`` post does not reach the customer, and no letter is lost either: none is sent.
    """
    found = examined.found
    post = {sort: [pl.col(c) for c, f in found.items() if f.post == sort] for sort in ("sure", "suspect")}
    sure, suspect = (pl.any_horizontal(columns) if columns else pl.lit(value=False) for columns in post.values())
    levels = [pl.when(sure | pl.col("withheld")).then(0).when(suspect).then(1).otherwise(2).cast(pl.Int8).alias("post")]
    for channel, field in _CHANNELS.items():
        states = {
            kind: [
                pl.col(c) for c in examined.codes(field) if (found[c].state in {"missing", "wrong"}) == (kind == "not")
            ]
            for kind in ("not", "doubt")
        }
        bad, doubt = (pl.any_horizontal(columns) if columns else pl.lit(value=False) for columns in states.values())
        levels.append(pl.when(bad).then(0).when(doubt).then(1).otherwise(2).cast(pl.Int8).alias(channel))
    rows = examined.rows.select("customer_id", "withheld", *levels)
    return rows.group_by("customer_id").agg(pl.col("post", "email", "phone", "withheld").max())


def posted(people: pl.DataFrame, examined: Examined) -> Posted:
    """Return how many customers' letters do not, and may not, arrive; nothing where the register holds no addresses."""
    if "postcode" not in examined.scope:
        return Posted(0, 0, pl.Series("customer_id", [], dtype=pl.String))
    gone = people.filter((pl.col("post") == 0) & ~pl.col("withheld"))["customer_id"]
    return Posted(gone.len(), people.filter(pl.col("post") == 1).height, gone)


def reach(people: pl.DataFrame, examined: Examined) -> Reach:
    """Count customers by channel, and those whom none reaches."""
    tested = {"post": {"street", "postcode"} & set(examined.scope), "email": {"email"} & set(examined.scope)}
    tested["phone"] = {"phone"} & set(examined.scope)

    def counts(channel: str) -> tuple[int, int, int] | None:
        if not tested[channel]:
            return None
        column = people[channel]
        return tuple(int((column == level).sum()) for level in (2, 1, 0))  # type: ignore[return-value] # three of them

    there = [pl.col(channel) > 0 for channel, has in tested.items() if has]
    lost = people.filter(~pl.any_horizontal(there)).height if there else 0
    return Reach(people.height, counts("post"), counts("email"), counts("phone"), lost)
