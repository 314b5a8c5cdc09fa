"""Small groups are kept back: nobody reading a result can single out fewer than ``k`` people.

A group of 1 to k - 1 people is hidden. Where the hidden groups of one whole add up to fewer than k, the next smallest
is hidden as well, since otherwise the whole less the shown ones would give them away (complementary suppression;
Hundepool et al. 2012, *Statistical Disclosure Control*, ch. 4). Zero is no group and stays, unless the whole itself
is smaller than k (then nothing of it is shown), or, in tables, nothing else is there to hide a group among.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

_PRIME: Final = 2**61 - 1
"""Sums are worked out modulo a prime: exact, since it is larger than any determinant of so few zeros and ones."""


def veiled(counts: Sequence[int], k: int, seeds: Sequence[bool] | None = None) -> tuple[bool, ...]:
    """Tell which groups of one whole must be kept back.

    Parameters
    ----------
    counts : people per group
    k : the smallest group that may be shown
    seeds : groups that are kept back for another reason

    Returns
    -------
    One flag a group, in the order given. The hidden groups are several and hold at least ``k`` people together, or are
    all there is.
    """
    if 0 < sum(counts) < k:
        return (True,) * len(counts)
    hidden = [0 < count < k for count in counts] if seeds is None else list(seeds)
    hidden = [hide or 0 < count < k for count, hide in zip(counts, hidden, strict=True)]
    order = sorted((count, place) for place, count in enumerate(counts) if count >= k and not hidden[place])
    together = sum(count for count, hide in zip(counts, hidden, strict=True) if hide)
    for count, place in order:
        if not any(hidden) or (together >= k and sum(hidden) > 1):
            break
        hidden[place] = True
        together += count
    return tuple(hidden)


def tells(part: int, whole: int, k: int) -> bool:
    """Tell whether a part of a whole that is known may be shown: neither it nor what is left is a group of 1 to k - 1."""
    return not 0 < part < k and not 0 < whole - part < k


def veiled_grid(rows: Sequence[Sequence[int]], k: int) -> tuple[tuple[bool, ...], ...]:
    """Tell which cells of a table must be kept back where the totals of its rows and columns are known, too.

    Totals are known as far as they may be shown themselves (:func:`veiled`), and so is the sum of all.
    """
    wide = len(rows[0])
    across = [[y * wide + x for x in range(wide)] for y in range(len(rows))]
    down = [[y * wide + x for y in range(len(rows))] for x in range(wide)]
    closed = (*veiled([sum(row) for row in rows], k), *veiled([sum(column) for column in zip(*rows, strict=True)], k))
    counts = [count for row in rows for count in row]
    lines = [*across, *down, list(range(len(counts)))]
    flags = veiled_lines(counts, lines, k, closed=(*closed, False))
    # a sum that is kept back might follow from the cells of its line
    cells = [[place] for place in range(len(counts))]
    flags = sealed(counts, [*cells, *lines], (*flags, *closed, False), k, hideable=len(cells))
    return tuple(flags[y * wide : (y + 1) * wide] for y in range(len(rows)))


def veiled_lines(
    counts: Sequence[int],
    lines: Sequence[Sequence[int]],
    k: int,
    seeds: Sequence[bool] | None = None,
    *,
    closed: Sequence[bool] | None = None,
) -> tuple[bool, ...]:
    """Tell which groups must be kept back where several sums of them are known.

    Parameters
    ----------
    counts : people per group
    lines : the places of the groups that add up to a known sum, one list a sum
    k, seeds : as in :func:`veiled`
    closed : lines whose sum is itself kept back; those below ``k`` always are

    Returns
    -------
    One flag a group. The sums are gone over in turn, then worked out together as a reader could (:func:`computable`),
    until no hidden group can be told; each turn can only hide more. Where nobody else is there to hide a group among, a
    nothing is hidden with it.
    """
    if 0 < sum(counts) < k:
        return (True,) * len(counts)
    hidden = list(seeds) if seeds is not None else [False] * len(counts)
    known = [line for line, shut in zip(lines, closed or [False] * len(lines), strict=True) if not shut]
    while True:
        before = list(hidden)
        for line in lines:
            own = [counts[place] for place in line]
            # a sum below k is itself hidden, or is a cell of another line: its zeros need not go
            if 0 < sum(own) < k:
                flags = tuple(hidden[place] or counts[place] > 0 for place in line)
            else:
                flags = veiled(own, k, [hidden[place] for place in line])
            for place, hide in zip(line, flags, strict=True):
                hidden[place] = hide
        if hidden != before:
            continue
        more = _complement(counts, known, hidden, k)
        if more is None:
            return tuple(hidden)
        hidden[more] = True


def computable(counts: Sequence[int], lines: Sequence[Sequence[int]], hidden: Sequence[bool]) -> set[int]:
    """Return the hidden groups that a reader can work out exactly from the sums of the lines and the groups shown.

    What the sums leave of the hidden groups is a set of linear equations: a group is told where they have one solution
    for it. Hidden groups that add up to nothing are all nothing, since none is below.
    """
    known: set[int] = set()
    while True:
        unknown = [[place for place in line if hidden[place] and place not in known] for line in lines]
        found = {place for line in unknown if not any(counts[place] for place in line) for place in line}
        found |= _solved(unknown)
        if not found:
            return known
        known |= found


def sealed(
    counts: Sequence[int],
    groups: Sequence[Sequence[int]],
    hidden: Sequence[bool],
    k: int,
    *,
    hideable: int | None = None,
) -> tuple[bool, ...]:
    """Hide more groups, until no hidden one of 1 to k - 1 people follows from all that is shown together.

    Where several tables tell of the same people, each may keep a group back that the others together give away.

    Parameters
    ----------
    counts : people per smallest part
    groups : the parts that make up each group that is shown or hidden
    hidden : one flag a group: whether it is kept back already
    hideable : only the first so many groups may be hidden further; all by default

    Returns
    -------
    One flag a group. Of those whose hiding is enough the smallest is hidden, then the first of them; a nothing only where nobody else is.
    """
    found = list(hidden)
    sizes = [sum(counts[place] for place in group) for group in groups]
    small = [place for place, size in enumerate(sizes) if 0 < size < k]
    while told := _follow(groups, sizes, found, [place for place in small if found[place]]):
        wanted = min(told)
        open_ = [place for place in range(len(groups) if hideable is None else hideable) if not found[place]]
        order = sorted(open_, key=lambda place: (not sizes[place], sizes[place], place))
        enough = (
            place
            for place in order
            if not _follow(groups, sizes, [*found[:place], True, *found[place + 1 :]], [wanted])
        )
        near = (place for place in order if set(groups[place]) & set(groups[wanted]))
        if (more := next(enough, next(near, next(iter(order), None)))) is None:
            break
        found[more] = True
    return tuple(found)


def _follow(
    groups: Sequence[Sequence[int]], sizes: Sequence[int], hidden: Sequence[bool], wanted: Sequence[int]
) -> set[int]:
    """Return which of the wanted groups are sums and differences of the groups shown."""
    told = [(own, size) for own, size, hide in zip(groups, sizes, hidden, strict=True) if not hide]
    # parts that are shown alone, and those of which there are none, are no unknowns
    known = {place for own, size in told if len(own) == 1 or not size for place in own}
    rows: dict[int, dict[int, int]] = {}
    for own, _ in told:
        _solve([place for place in own if place not in known], rows)
    return {one for one in wanted if not _less_known({p: 1 for p in groups[one] if p not in known}, rows)}


def _solved(lines: Sequence[Sequence[int]]) -> set[int]:
    """Return the unknowns that the lines' sums determine: in the reduced form of the equations they stand alone."""
    rows: dict[int, dict[int, int]] = {}  # by the unknown each is solved for
    for line in lines:
        _solve(line, rows)
    return {pivot for pivot, row in rows.items() if len(row) == 1}


def _solve(line: Sequence[int], rows: dict[int, dict[int, int]]) -> None:
    """Add the sum of a line to equations in their reduced form."""
    row = _less_known(dict.fromkeys(line, 1), rows)
    if not row:
        return
    pivot = min(row)
    inverse = pow(row[pivot], -1, _PRIME)
    row = {place: value * inverse % _PRIME for place, value in row.items()}
    for other, own in rows.items():
        rows[other] = _less_known(own, {pivot: row})
    rows[pivot] = row


def _less_known(row: Mapping[int, int], rows: Mapping[int, Mapping[int, int]]) -> dict[int, int]:
    """Return a row of an equation without the unknowns that others are solved for."""
    found = dict(row)
    for pivot, own in rows.items():
        if times := found.get(pivot):
            for place, value in own.items():
                left = (found.get(place, 0) - times * value) % _PRIME
                if left:
                    found[place] = left
                else:
                    found.pop(place, None)
    return found


def _complement(counts: Sequence[int], lines: Sequence[Sequence[int]], hidden: Sequence[bool], k: int) -> int | None:
    """Return one more group to hide, where some hidden one can be told; None where none can, or no other is left.

    Best is one of the same sums, whose own sums hide others already, then the smallest, then the first.
    """
    known = [line for line in lines if len(line) > 1 and not 0 < sum(counts[place] for place in line) < k]
    told = {place for place in computable(counts, known, hidden) if counts[place]}
    told |= {own[0] for line in known if len(own := [place for place in line if hidden[place]]) == 1}
    near = [line for line in known if told.intersection(line)]
    for some in (near, known if told else ()):
        crossing = {
            place: sum(hidden[other] for line in known if place in line for other in line)
            for own in some
            for place in own
            if not hidden[place]
        }
        if crossing:
            return min(crossing, key=lambda place: (-crossing[place], counts[place], place))
    return None
