"""Blocking: which pairs are compared at all. Rows that share a key meet; huge blocks are skipped, and told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from lohko.matching.coding import Codes, IntArray
from lohko.matching.settings import limits

Pairs = npt.NDArray[np.int64]  # left row in the upper 32 bits, right row in the lower; left < right


@dataclass(frozen=True, slots=True)
class Key:
    """A blocking key: names of the parts that must be equal, the pairs it makes and the rows of blocks it skipped."""

    parts: tuple[str, ...]
    pairs: int
    largest: int
    skipped_blocks: int
    skipped_rows: int


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


def candidates(blocks: Mapping[str, Codes], size: int) -> Candidates:
    """Return the pairs to compare.

    Every pair, where there are few; else keys of one and two parts, the most selective first, until the budget of
    pairs is spent (a floor for every register, and some pairs per row).
    """
    bound = limits()
    if size * (size - 1) // 2 <= bound.all_pairs:
        left, right = np.triu_indices(size, 1)
        return Candidates(left.astype(np.int64) << 32 | right, (), complete=True)
    budget = max(bound.pair_floor, bound.pairs_per_row * size)
    measured = sorted((measure(parts, blocks) for parts in recipes(blocks)), key=lambda key: (key.pairs, key.parts))
    spent = 0
    keys: list[Key] = []
    found: Pairs = np.empty(0, dtype=np.int64)
    for key in measured:
        if key.pairs == 0:
            continue
        if spent + key.pairs > budget:
            break
        spent += key.pairs
        keys.append(key)
        found = np.union1d(found, pairs_of(key.parts, blocks))
    return Candidates(found, tuple(keys), complete=False)


def recipes(blocks: Mapping[str, Codes]) -> Iterator[tuple[str, ...]]:
    """Yield the keys to try: every part alone, and every two parts of different fields."""
    names = [name for name in sorted(blocks) if (blocks[name] >= 0).any()]
    yield from ((name,) for name in names)
    for one, other in combinations(names, 2):
        if not (one.startswith(other) or other.startswith(one)):
            yield (one, other)


def _cap(parts: tuple[str, ...]) -> int:
    names = {"first_name", "last_name", "first_name_sound", "last_name_sound", "last_name_word", "first_name_initial"}
    return limits().block_cap_names if set(parts) <= names else limits().block_cap


def _packed(parts: tuple[str, ...], blocks: Mapping[str, Codes]) -> tuple[IntArray, npt.NDArray[np.int32]]:
    """Return sorted keys and the rows that hold them, in row order within a key."""
    codes = [blocks[name] for name in parts]
    present = np.ones(len(codes[0]), dtype=np.bool_)
    for column in codes:
        present &= column >= 0
    rows = np.flatnonzero(present).astype(np.int32)
    key = codes[0][rows].astype(np.int64)
    if len(codes) > 1:
        key = key << 32 | codes[1][rows]
    order = np.argsort(key, kind="stable")
    return key[order], rows[order]


def _sizes(key: IntArray) -> tuple[IntArray, IntArray]:
    starts = np.flatnonzero(np.append(True, key[1:] != key[:-1])) if len(key) else np.empty(0, dtype=np.int64)
    return starts, np.diff(np.append(starts, len(key)))


def measure(parts: tuple[str, ...], blocks: Mapping[str, Codes]) -> Key:
    """Return how many pairs a key makes, and what it skips."""
    key, _ = _packed(parts, blocks)
    _, sizes = _sizes(key)
    cap = _cap(parts)
    big = sizes > cap
    kept = sizes[~big]
    return Key(
        parts,
        int((kept * (kept - 1) // 2).sum()),
        int(sizes.max()) if len(sizes) else 0,
        int(big.sum()),
        int(sizes[big].sum()),
    )


def pairs_of(parts: tuple[str, ...], blocks: Mapping[str, Codes]) -> Pairs:
    """Return the pairs of rows that share a key, sorted and distinct."""
    key, rows = _packed(parts, blocks)
    starts, sizes = _sizes(key)
    keep = (sizes >= 2) & (sizes <= _cap(parts))
    place = np.repeat(np.where(keep, sizes, 0), sizes)  # size of the block of each place, 0 if it is skipped
    ends = np.repeat(starts + sizes, sizes)
    at = np.flatnonzero(place)
    made = []
    step = 1
    while len(at):
        at = at[at + step < ends[at]]
        one, other = rows[at].astype(np.int64), rows[at + step].astype(np.int64)
        made.append(np.minimum(one, other) << 32 | np.maximum(one, other))
        step += 1
    return np.unique(np.concatenate(made)) if made else np.empty(0, dtype=np.int64)
