"""Through whom two rows of one customer hang together: the surest path of pairs between them."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lohko.matching.blocking import left_of
from lohko.matching.ledger import Ledger
from lohko.matching.match import Matched

Tie = Literal["match", "same_id", "earlier_run"]


@dataclass(frozen=True, slots=True)
class Link:
    """One pair of a path, and what ties it.

    Attributes
    ----------
    left_row_id, right_row_id : the rows
    probability : that the two are one customer by their own evidence (1 where something else ties them)
    tie : ``match`` (their evidence), ``same_id`` (they came under one customer id) or ``earlier_run`` (the package's
        crosswalk already had them as one)
    """

    left_row_id: str
    right_row_id: str
    probability: float
    tie: Tie


def path_between(ledger: Ledger, matched: Matched, one: int, other: int, threshold: float) -> tuple[Link, ...]:
    """Return the path of pairs from one row to the other within their customer, the most probable as a whole.

    What an earlier run decided is only taken where today's evidence ties the two by no path.
    """
    members = np.flatnonzero(matched.clusters == matched.clusters[one])
    edges: dict[int, list[tuple[int, float, Tie]]] = {int(row): [] for row in members}
    _tie(edges, members, ledger.rows["customer_id"].to_list(), "same_id")
    inside = np.isin(left_of(matched.pairs), members) & (matched.same >= threshold)
    for pair, same in zip(matched.pairs[inside].tolist(), matched.same[inside].tolist(), strict=True):
        left, right = pair >> 32, pair & 0xFFFFFFFF
        if right in edges:
            edges[left].append((right, same, "match"))
            edges[right].append((left, same, "match"))
    found = _surest(edges, one, other)
    if not found:
        _tie(edges, members, ledger.rows["together"].to_list(), "earlier_run")
        found = _surest(edges, one, other)
    names = ledger.rows["row_id"]
    return tuple(Link(names[left], names[right], round(same, 6), tie) for left, right, same, tie in found)


def _tie(edges: dict[int, list[tuple[int, float, Tie]]], members: np.ndarray, keys: list[str], tie: Tie) -> None:
    """Tie the rows of one key to the first of them."""
    first: dict[str, int] = {}
    for row in members.tolist():
        head = first.setdefault(keys[row], row)
        if head != row:
            edges[head].append((row, 1.0, tie))
            edges[row].append((head, 1.0, tie))


def _surest(edges: dict[int, list[tuple[int, float, Tie]]], one: int, other: int) -> list[tuple[int, int, float, Tie]]:
    """Return the path with the largest product of probabilities, the fewest pairs among equals (Dijkstra 1959)."""
    queue: list[tuple[float, int, int]] = [(0.0, 0, one)]
    came: dict[int, tuple[int, float, Tie]] = {}
    best: dict[int, tuple[float, int]] = {one: (0.0, 0)}
    while queue:
        cost, steps, row = heapq.heappop(queue)
        if row == other:
            break
        if (cost, steps) > best[row]:
            continue
        for to, same, tie in sorted(edges[row]):
            reached = (cost - float(np.log(max(same, 1e-12))), steps + 1)
            if to not in best or reached < best[to]:
                best[to] = reached
                came[to] = (row, same, tie)
                heapq.heappush(queue, (*reached, to))
    path: list[tuple[int, int, float, Tie]] = []
    row = other
    while row != one and row in came:
        before, same, tie = came[row]
        path.insert(0, (before, row, same, tie))
        row = before
    return path
