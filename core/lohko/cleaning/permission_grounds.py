"""What decisions rest on, their days aside: customers of one case with evidence of one kind, taken together and counted.

A channel has a few thousand of these grounds however many its customers are, so their words, and what they lack, are worked out once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lohko.cleaning.combinations import Places, distinct, joined
from lohko.cleaning.evidence import FLAGS, RANKS, Numbers, flags, ranks, texts, undated
from lohko.cleaning.permission_facts import Decided


@dataclass(frozen=True, slots=True)
class Grounds:
    """The distinct grounds of a channel's decisions.

    Attributes
    ----------
    case : the place of each one's case among the channel's
    rule : the number of the rule that decides it
    kept : its packed evidence without the day
    found : whether there is evidence at all
    of : each customer's
    customers : how many customers have each
    """

    case: Places
    rule: NDArray[np.int16]
    kept: Numbers
    found: NDArray[np.bool_]
    of: Places
    customers: Numbers


def grounds(decided: Decided) -> Grounds:
    """Return the grounds of a channel's decisions."""
    value = decided.value
    text = texts(value)
    codes, size = joined([
        (ranks(value), RANKS), (flags(value), FLAGS), (text, int(text.max(initial=0)) + 1), ((value > 0).astype(np.int64), 2),
    ])  # fmt: skip
    kinds, kind = distinct(codes, size)
    pairs, of = distinct(decided.case * kinds.size + kind, decided.rules.size * kinds.size)
    case = pairs // max(1, kinds.size)
    some = np.zeros(pairs.size, dtype=np.int64)
    some[of] = value
    return Grounds(
        case, decided.rules[case], undated(some), some > 0, of, np.bincount(of, minlength=pairs.size).astype(np.int64)
    )
