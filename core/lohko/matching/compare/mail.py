"""E-mail: one address, a slip of the pen, one mailbox name at two hosts; a mailbox named after its owner proves little."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from lohko.matching.coding import Coded, Codes, applied, derive, distinct_values
from lohko.matching.compare.base import Comparison, Observed, Rows, View, observed, plain_field, rarity_of, seen_share
from lohko.matching.settings import Kind
from lohko.matching.similarity import Levels, edits, texts
from lohko.matching.text import fold

Flags = npt.NDArray[np.bool_]


class MailComparison(Comparison):
    """Compare mail addresses.

    ``matti.virtanen@`` at two hosts may be two people or one: a mailbox named after its owner says no more than the name
    does, which is compared already. Such likeness is taken as no evidence.
    """

    def __init__(self, name: str, kind: Kind, coded: Coded, after_owner: Flags) -> None:
        self.coded = coded
        self.after_owner = after_owner
        rate, self.rarity = rarity_of(coded, kind)
        self.fields = (plain_field(name, kind, rate, seen_share(coded, kind)),)
        self.level = {label: level for level, label in enumerate(kind.levels, 1)}
        local = coded.values.str.extract(r"^([^@]*)")
        self.digits = _numbers(local.str.replace_all(r"\D+", " "))
        self.local = _numbers(local.str.replace_all(r"[^a-z0-9]", ""))
        self.host = _numbers(coded.values.str.extract(r"([^@]*)$"))
        self.length = local.str.len_chars().to_numpy().astype(np.int32)

    def compare(self, left: Rows, right: Rows) -> tuple[Observed, ...]:
        """Return the level of each pair."""
        a, b = self.coded.codes[left], self.coded.codes[right]
        levels = np.zeros(len(a), dtype=np.int16)
        both = (a >= 0) & (b >= 0)
        levels[both & (a == b)] = self.level["exact"]
        open_ = np.flatnonzero(both & (a != b))
        if len(open_):
            levels[open_] = self._unequal(
                a[open_], b[open_], self.after_owner[left[open_]] | self.after_owner[right[open_]]
            )
        return (observed(levels, self.level["exact"], self.rarity, a),)

    def _unequal(self, a: Codes, b: Codes, named: Flags) -> Levels:
        same_local = (self.local[a] == self.local[b]) & (np.minimum(self.length[a], self.length[b]) >= 5)
        same_host = self.host[a] == self.host[b]
        # Other digits are another mailbox: kati83 and kati84 are two people.
        slip = same_host & ~same_local & (np.abs(self.length[a] - self.length[b]) <= 2)
        slip &= self.digits[a] == self.digits[b]
        host_slip = same_local & ~same_host
        at = np.flatnonzero(slip | host_slip)  # the others are not worth measuring
        distance = np.full(len(a), 3, dtype=np.uint16)
        distance[at] = edits(texts(self.coded.values, a[at]), texts(self.coded.values, b[at]))
        slip &= distance <= np.where(np.minimum(self.length[a], self.length[b]) >= 8, 2, 1)
        host_slip &= distance <= 2
        levels = np.full(len(a), self.level["different"], dtype=np.int16)
        # Two mailboxes of one name at one host: the second owner had to write the name otherwise. At two hosts it is no evidence.
        levels[same_local & ~(named & same_host)] = self.level["local"]
        levels[same_local & named & ~same_host] = 0
        levels[slip | host_slip] = self.level["near"]
        return levels

    def views(self) -> tuple[View, ...]:
        """Return the address and the mailbox name."""
        name = self.fields[0].name
        local = derive(self.coded, lambda value: value.str.extract(r"^([^@]{5,})@").str.replace_all(r"[^a-z0-9]", ""))
        return (View(name, name, (self.coded.codes,)), View(f"{name} local", name, (local,)))


def _numbers(parts: pl.Series) -> Codes:
    return distinct_values(parts)[1].astype(np.int32)


def named_after_owner(mails: pl.Series, names: list[pl.Series]) -> Flags:
    """Return per row whether the mailbox is made of the row's own names (four letters of one of them, or more)."""
    local = pl.col("mail").str.split("@").list.first().str.to_lowercase()
    frame = pl.LazyFrame({"mail": mails, **{f"start{k}": _start(series) for k, series in enumerate(names)}})
    held = pl.col("mail").is_null() & False  # of the frame's height, where there are no names, too
    for k in range(len(names)):
        start = pl.col(f"start{k}")
        held = held | (local.str.contains(start, literal=True) & (start.str.len_chars() >= 3)).fill_null(value=False)
    return frame.select(held.alias("held")).collect()["held"].to_numpy()


def _start(names: pl.Series) -> pl.Series:
    """Return the first four letters of each name; the work is done once per distinct name."""
    values, place = distinct_values(names)
    starts = applied(values, lambda name: fold(name).str.replace_all(" ", "").str.slice(0, 4))
    return pl.concat([starts, pl.Series([None], dtype=pl.String)]).gather(np.where(place < 0, len(starts), place))
