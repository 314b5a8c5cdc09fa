"""Small groups are kept back: nobody reading a result can single out fewer than ``k`` people.

A group of 1 to k - 1 people is hidden. Where the hidden groups of one whole add up to fewer than k, the next smallest
is hidden as well, since otherwise the whole less the shown ones would give them away (complementary suppression;
Hundepool et al. 2012, *Statistical Disclosure Control*, ch. 4). Zero is no group and stays, unless the whole itself
is smaller than k: then nothing of it is shown.
"""

from __future__ import annotations

from collections.abc import Sequence


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
    """Tell which cells of a table must be kept back where the totals of its rows and columns are known, too."""
    wide = len(rows[0])
    lines = [[y * wide + x for x in range(wide)] for y in range(len(rows))]
    lines += [[y * wide + x for y in range(len(rows))] for x in range(wide)]
    flags = veiled_lines([count for row in rows for count in row], lines, k)
    return tuple(flags[y * wide : (y + 1) * wide] for y in range(len(rows)))


def veiled_lines(
    counts: Sequence[int], lines: Sequence[Sequence[int]], k: int, seeds: Sequence[bool] | None = None
) -> tuple[bool, ...]:
    """Tell which groups must be kept back where several sums of them are known.

    Parameters
    ----------
    counts : people per group
    lines : the places of the groups that add up to a known sum, one list a sum
    k, seeds : as in :func:`veiled`

    Returns
    -------
    One flag a group. The sums are gone over in turn until none gives a hidden group away; each turn can only hide more.
    """
    if 0 < sum(counts) < k:
        return (True,) * len(counts)
    hidden = list(seeds) if seeds is not None else [False] * len(counts)
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
        if hidden == before:
            return tuple(hidden)
