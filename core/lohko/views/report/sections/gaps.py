"""What is missing to contact those who are held back, and what would mend it: ``permission_gaps.csv``, without what is too small to show."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import polars as pl

from lohko.cleaning.permission_repairs import FILE
from lohko.cleaning.sheets import read_sheet
from lohko.disclosure import tells, veiled_lines
from lohko.views.report.model import HIDDEN, Shown
from lohko.views.report.reaching import Gap

_ADDRESS = re.compile(r"\S+@\S+")


def gaps(data: bytes | None, reasons: Mapping[str, Mapping[str, Shown]], k: int) -> tuple[Gap, ...]:
    """Return the gaps that may be shown, those that open the most first.

    What a channel's gaps add up to is known by reason, and roughly by the piece that is missing: a gap is shown only where the others
    cannot be told from it.

    Parameters
    ----------
    data : the file; None: there is none
    reasons : channel to the customers of each reason, as they are shown
    k : the smallest group that may be shown
    """
    if data is None:
        return ()
    rows = read_sheet(data, FILE, "review_unreadable")
    if "reason" not in rows.columns:
        return ()
    counted = rows.with_columns(pl.col("customers", "reachable").cast(pl.Int64)).to_dicts()
    found: list[tuple[int, Gap]] = []
    for channel in dict.fromkeys(row["channel"] for row in counted):
        mine = [(place, row) for place, row in enumerate(counted) if row["channel"] == channel]
        hidden = _veiled([row for _, row in mine], reasons.get(channel, {}), k)
        found += [(place, _gap(row, k)) for (place, row), hide in zip(mine, hidden, strict=True) if not hide]
    return _together([gap for _, gap in sorted(found, key=lambda pair: pair[0])])


def _together(gaps_shown: Sequence[Gap]) -> tuple[Gap, ...]:
    """Add up the gaps that differ in the reason alone: whoever mends them does the same."""
    found: dict[tuple[object, ...], Gap] = {}
    for gap in gaps_shown:
        key = (gap.channel, gap.source, gap.missing, gap.repair)
        before = found.get(key)
        if before is not None:
            both = (before.reachable, gap.reachable)
            reachable = HIDDEN if HIDDEN in both else sum(count for count in both if isinstance(count, int))
            gap = replace(gap, customers=before.customers + gap.customers, reachable=reachable)  # noqa: PLW2901
        found[key] = gap
    return tuple(
        sorted(found.values(), key=lambda gap: (gap.reachable is HIDDEN, -_count(gap.reachable), -gap.customers))
    )


def _count(shown: Shown) -> int:
    return shown if isinstance(shown, int) else 0


def _veiled(rows: Sequence[Mapping[str, object]], reasons: Mapping[str, Shown], k: int) -> tuple[bool, ...]:
    """Tell which of a channel's rows are kept back: those of a reason that is, the small ones, and what would give these away."""
    counts = [int(str(row["customers"])) for row in rows]
    by_reason = {reason: _places(row["reason"] == reason for row in rows) for reason in {row["reason"] for row in rows}}
    quiet = {reason for reason in by_reason if not isinstance(reasons.get(str(reason)), int)}
    pieces = {piece for row in rows for piece in str(row["missing"]).split(" + ")}
    by_piece = [_places(piece in str(row["missing"]).split(" + ") for row in rows) for piece in sorted(pieces)]
    lines = [by_reason[reason] for reason in sorted(by_reason, key=str)] + by_piece
    closed = [reason in quiet for reason in sorted(by_reason, key=str)] + [False] * len(by_piece)
    return veiled_lines(counts, lines, k, [row["reason"] in quiet for row in rows], closed=closed)


def _places(flags: Iterable[bool]) -> list[int]:
    return [place for place, flag in enumerate(flags) if flag]


def _gap(row: Mapping[str, object], k: int) -> Gap:
    customers, reachable = int(str(row["customers"])), int(str(row["reachable"]))
    source = _ADDRESS.sub("…", str(row["source"])) if row["source"] else None
    return Gap(
        channel=str(row["channel"]),
        source=source,
        missing=tuple(str(row["missing"]).split(" + ")),
        repair=tuple(str(row["repair"]).split(" + ")),
        customers=customers,
        reachable=reachable if tells(reachable, customers, k) else HIDDEN,
    )
