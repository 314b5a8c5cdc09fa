"""The table ``permissions``, put together from the channels' decisions: one row a customer and channel, sorted by both."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lohko.cleaning.combinations import Places
from lohko.cleaning.permission_rules import CHANNELS, RuleBook
from lohko.tables import tables


class Made:
    """The decisions made so far, held as the numbers of their rules and of the texts of their evidence.

    Words are put in their places at the very end, where each distinct one is held once.

    Parameters
    ----------
    customer_id : the customers, sorted
    book : the rules that decide
    """

    def __init__(self, customer_id: pl.Series, book: RuleBook) -> None:
        self._customer_id, self._book = customer_id, book
        self._rules = np.zeros((len(CHANNELS), customer_id.len()), dtype=np.int16)
        self._texts = np.zeros((len(CHANNELS), customer_id.len()), dtype=np.uint32)
        self._words: list[pl.Series] = []

    def channel(self, number: int, rules: NDArray[np.int16], words: pl.Series, texts: Places) -> None:
        """Take in a channel's decisions, in the customers' order: the rules, the texts of evidence, and the text of each row."""
        self._rules[number] = rules
        self._texts[number] = texts + sum(part.len() for part in self._words)
        self._words.append(words)

    def counts(self, number: int, word: Literal["decision", "reason"]) -> dict[str, int]:
        """Return how many customers each decision, or reason, of a channel is about."""
        found: Counter[str] = Counter()
        for rule, count in enumerate(np.bincount(self._rules[number], minlength=1)):
            if count:
                found[getattr(self._book.rules[rule], word)] += int(count)
        return dict(sorted(found.items()))

    def table(self, as_of: dt.date) -> pl.DataFrame:
        """Return the whole table."""
        customers = self._customer_id.len()
        rules = pl.Series(self._rules.T.ravel().astype(np.uint32))
        decisions = pl.Series([rule.decision for rule in self._book.rules], dtype=pl.String)
        reasons = pl.Series([rule.reason for rule in self._book.rules], dtype=pl.String)
        # Of a text in many pieces each one is looked for anew.
        words = pl.concat(self._words, rechunk=True)
        found = {
            "customer_id": self._customer_id.rechunk().gather(
                np.repeat(np.arange(customers, dtype=np.uint32), len(CHANNELS))
            ),
            "channel": pl.Series(CHANNELS, dtype=pl.String).gather(
                np.tile(np.arange(len(CHANNELS), dtype=np.uint32), customers)
            ),
            "decision": decisions.gather(rules),
            "reason": reasons.gather(rules),
            "evidence": words.gather(pl.Series(self._texts.T.ravel())),
        }
        frame = pl.DataFrame(found).with_columns(as_of=pl.lit(as_of))
        return frame.select(column.name for column in tables()["permissions"].columns)
