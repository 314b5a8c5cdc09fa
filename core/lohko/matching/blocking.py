"""Blocking: which pairs are compared at all. Rows that share a key meet; huge blocks are skipped, and told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
import numpy.typing as npt

from lohko.matching.coding import IntArray, distinct
from lohko.matching.compare.base import View
from lohko.matching.settings import limits

Pairs = npt.NDArray[np.int64]  # left row in the upper 32 bits, right row in the lower; left < right
_SAMPLE_ROWS = 200_000  # registers beyond it have their blocks measured on a share of the keys
_MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Key:
    """A blocking key.

    Attributes
    ----------
    parts : views and how fine each is taken (place in its ``codes``)
    pairs : how many pairs it makes (an estimate on large registers)
    largest : rows of its largest block
    skipped_blocks : blocks too large to be compared
    """

    parts: tuple[tuple[str, int], ...]
    pairs: int
    largest: int
    skipped_blocks: int

    @property
    def name(self) -> str:
        """The key in words."""
        return " and ".join(name for name, _ in self.parts)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pairs to compare, sorted and distinct, with the keys that made them.

    ``complete``: every possible pair is in.
    """

    pairs: Pairs
    keys: tuple[Key, ...]
    complete: bool


def left_of(pairs: Pairs) -> npt.NDArray[np.int32]:
    """Return the left rows of packed pairs."""
    return (pairs >> 32).astype(np.int32)


def right_of(pairs: Pairs) -> npt.NDArray[np.int32]:
    """Return the right rows of packed pairs."""
    return (pairs & 0xFFFFFFFF).astype(np.int32)


def candidates(views: Sequence[View], size: int) -> Candidates:
    """Return the pairs to compare.

    Every pair, where there are few; else the pairs of keys of one, two and three views, each as coarse as a key may be,
    the most selective first, until the budget of pairs is spent.
    """
    bound = limits()
    if size * (size - 1) // 2 <= bound.all_pairs:
        left, right = np.triu_indices(size, 1)
        return Candidates(left.astype(np.int64) << 32 | right, (), complete=True)
    budget = max(bound.pair_floor, bound.pairs_per_row * size)
    by_name = {view.name: view for view in views}
    keys = choose(views, size)
    made: list[Pairs] = []
    taken: list[Key] = []
    found: Pairs = np.empty(0, dtype=np.int64)
    waiting = 0
    for key in keys:
        made.append(pairs_of([(by_name[name], fine) for name, fine in key.parts]))
        taken.append(key)
        waiting += len(made[-1])
        if waiting > budget // 4:  # often enough that what waits stays small, seldom enough that sorting stays cheap
            found = distinct(np.concatenate([found, *made]))
            made, waiting = [], 0
            if len(found) >= budget:
                break
    found = distinct(np.concatenate([found, *made]))
    return Candidates(found, tuple(taken), complete=False)


def choose(views: Sequence[View], size: int) -> list[Key]:
    """Return the keys to use, the most selective first.

    A key of two views is not tried where one of them alone leaves nothing to find, and of several finenesses the
    coarsest that stays below the limit of pairs is taken; where none does, a third view (of the name) is added.
    """
    limit = int(max(limits().key_floor, limits().key_per_row * size))
    share = min(1.0, _SAMPLE_ROWS / size)
    views = [view for view in views if (view.codes[-1] >= 0).any()]
    found: list[Key] = []
    whole: set[str] = set()
    for view in views:
        key = _coarsest([view], limit, share)
        if key is not None and key.pairs:
            found.append(key)
            if not key.skipped_blocks:
                whole.add(view.name)
    rest = [view for view in views if view.name not in whole]
    open_pairs = []
    for one, other in combinations(rest, 2):
        if one.field == other.field:
            continue
        key = _coarsest([one, other], limit, share)
        if key is not None and key.pairs:
            found.append(key)
        if key is None or key.skipped_blocks:
            open_pairs.append((one, other))
    names = [view for view in rest if view.is_name]
    by_name = {view.name: view for view in rest}
    triples = {
        tuple(sorted([one.name, other.name, third.name]))
        for one, other in open_pairs
        for third in names
        if third.field not in {one.field, other.field}
    }
    for triple in triples:
        key = _coarsest([by_name[name] for name in triple], limit, share)
        if key is not None and key.pairs:
            found.append(key)
    return sorted(set(found), key=lambda key: (key.pairs, key.parts))


def _coarsest(views: Sequence[View], limit: int, share: float) -> Key | None:
    for fine in _finenesses(views):
        key = measure([(view, level) for view, level in zip(views, fine, strict=True)], share)
        if key.pairs <= limit:
            return key
    return None


def _finenesses(views: Sequence[View]) -> Iterator[tuple[int, ...]]:
    choices = product(*(range(len(view.codes)) for view in views))
    yield from sorted(choices, key=lambda fine: (sum(fine), fine))


def largest_block(views: Sequence[tuple[View, int]]) -> int:
    """Return how many rows may share a key of these views and still be compared: more in small registers."""
    bound = limits()
    size = len(views[0][0].codes[0])
    room = int(2 * bound.key_floor / max(size, 1))
    if all(view.is_name for view, _ in views):
        return max(bound.block_cap_names, room // 5)
    return max(bound.block_cap, room)


def _keys(
    views: Sequence[tuple[View, int]], share: float = 1.0
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """Return the keys of the rows that have one, and these rows; a share of the keys, if asked."""
    columns = [view.codes[fine] for view, fine in views]
    present = columns[0] >= 0
    for column in columns[1:]:
        present &= column >= 0
    rows = np.flatnonzero(present).astype(np.uint64)
    key = columns[0][rows].astype(np.uint64)
    for column in columns[1:]:
        key <<= np.uint64(32)
        key |= column[rows].view(np.uint32)
        key = _mixed(key)
    if share < 1.0:
        spread = key if len(columns) > 1 else _mixed(key.copy())
        kept = (spread >> np.uint64(40)) < np.uint64(share * (1 << 24))
        key, rows = key[kept], rows[kept]
    return key, rows


def _packed(views: Sequence[tuple[View, int]]) -> tuple[IntArray, npt.NDArray[np.int32]]:
    """Return sorted keys and the rows that hold them, in row order within a key."""
    key, rows = _keys(views)
    # Key and row in one number: sorting numbers beats sorting places by far. Of a hash fewer bits are left than it had; two keys
    # that fall together (once in thousands of runs) are a block more to compare, no wrong match.
    bits = _row_bits(views)
    both = np.sort(key << bits | rows)
    return (both >> bits).view(np.int64), (both & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.int32)


def _row_bits(views: Sequence[tuple[View, int]]) -> np.uint64:
    return np.uint64(max(len(views[0][0].codes[0]), 2).bit_length())


def _mixed(key: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Make of whole numbers, in their place, a well spread hash (the finaliser of SplitMix64, Steele et al. 2014)."""
    key += _MIX
    key *= np.uint64(0xBF58476D1CE4E5B9)
    key ^= key >> np.uint64(27)
    key *= np.uint64(0x94D049BB133111EB)
    key ^= key >> np.uint64(31)
    return key


def _sizes(key: IntArray) -> tuple[IntArray, IntArray]:
    if not len(key):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    starts = np.flatnonzero(np.append(True, key[1:] != key[:-1]))
    return starts, np.diff(np.append(starts, len(key)))


def measure(views: Sequence[tuple[View, int]], share: float = 1.0) -> Key:
    """Return how many pairs a key makes, and what it skips."""
    key, _ = _keys(views, share)
    key <<= _row_bits(views)  # the bits that pairs_of has no room for are left out here, too
    _, sizes = _sizes(np.sort(key).view(np.int64))
    big = sizes > largest_block(views)
    kept = sizes[~big].astype(np.float64)
    return Key(
        tuple((view.name, fine) for view, fine in views),
        int((kept * (kept - 1) / 2).sum() / share),
        int(sizes.max()) if len(sizes) else 0,
        int(big.sum() / share),
    )


def pairs_of(views: Sequence[tuple[View, int]]) -> Pairs:
    """Return the pairs of rows that share a key, distinct."""
    key, rows = _packed(views)
    starts, sizes = _sizes(key)
    keep = (sizes >= 2) & (sizes <= largest_block(views))
    ends = np.repeat(starts + sizes, sizes)
    at = np.flatnonzero(np.repeat(keep, sizes))
    made = []
    step = 1
    while len(at):
        at = at[at + step < ends[at]]
        one, other = rows[at].astype(np.int64), rows[at + step].astype(np.int64)
        made.append(np.minimum(one, other) << 32 | np.maximum(one, other))
        step += 1
    return np.concatenate(made) if made else np.empty(0, dtype=np.int64)
