"""Clusters: components, and how contradictions split them."""

from __future__ import annotations

import numpy as np

from lohko.matching.cluster import components, inner_pairs, split


def packed(*pairs):
    return np.array(sorted(a << 32 | b for a, b in pairs), dtype=np.int64)


def test_components_take_the_smallest_row_as_name():
    assert components(5, packed((1, 3), (3, 4))).tolist() == [0, 1, 2, 1, 1]
    assert components(3, packed()).tolist() == [0, 1, 2]


def test_inner_pairs_are_all_pairs_of_clusters_of_three_and_more():
    labels = np.array([0, 0, 2, 2, 2])
    assert inner_pairs(labels, 10).tolist() == packed((2, 3), (2, 4), (3, 4)).tolist()
    assert len(inner_pairs(labels, 2)) == 0


def test_a_chain_with_a_contradiction_is_cut_at_its_weaker_link():
    labels = np.zeros(3, dtype=np.int64)
    pairs = packed((0, 1), (0, 2), (1, 2))
    cut = split(labels, pairs, np.array([8.0, -11.0, 3.0]), packed())
    assert cut.tolist() == [0, 0, 2]
    assert split(labels, pairs, np.array([8.0, -1.0, 7.0]), packed()).tolist() == [0, 0, 0]
    assert split(labels, pairs, np.array([8.0, 1.0, 3.0]), packed()).tolist() == [0, 0, 0]


def test_bound_rows_stay_together_against_all_evidence():
    labels = np.zeros(3, dtype=np.int64)
    pairs = packed((0, 1), (0, 2), (1, 2))
    cut = split(labels, pairs, np.array([-12.0, -12.0, 5.0]), packed((0, 1)))
    assert cut[0] == cut[1]
