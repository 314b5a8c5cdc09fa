"""The file of questions: uncertain pairs side by side, those first whose answer tells most."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl

from lohko.matching.answers import question_of
from lohko.matching.blocking import Pairs, left_of, right_of
from lohko.matching.coding import FloatArray
from lohko.matching.discreet import PRIVATE
from lohko.matching.match import Matched, among
from lohko.matching.params import DedupeParams
from lohko.matching.settings import limits, review_words
from lohko.package.spreadsheet import inert

FILE = "review.csv"
_LEAST_SAID = 1.0  # bits from which a field is named as a reason
_MARK = "\ufeff"  # without it Excel takes UTF-8 for the system's own code page


def review_file(rows: pl.DataFrame, matched: Matched, params: DedupeParams, protected: pl.Series) -> tuple[bytes, int]:
    """Return the file of questions as CSV, and how many it asks.

    Parameters
    ----------
    rows : the rows that were matched, with ``row_id``
    matched : the result
    params : thresholds; the language of the file; ``raw`` leaves formulas as they are

    The addresses of protected customers, and of whoever may be one, are left out (``protected``: one flag a row).

    Asked are pairs that wait for a decision, and merges that are less than sure (``review_merged_below``). Of the pairs between two
    customers the likeliest alone is asked, since one answer settles all of them. First come the questions whose answer tells most:
    the chance that it is the other one (p × (1 − p)) times the pairs of rows that it brings together or keeps apart.
    """
    words, names = review_words()["words"][params.lang], review_words()["columns"][params.lang]
    asked, worth = _questions(rows["customer_id"], matched, params)
    swap = (
        rows["row_id"].gather(left_of(matched.pairs[asked])) > rows["row_id"].gather(right_of(matched.pairs[asked]))
    ).to_numpy()
    left, right = left_of(matched.pairs[asked]), right_of(matched.pairs[asked])
    left, right = np.where(swap, right, left), np.where(swap, left, right)
    ids = rows["row_id"]
    sides = {"left": ids.gather(left), "right": ids.gather(right)}
    marks = [question_of(one, other) for one, other in zip(sides["left"], sides["right"], strict=True)]
    merged = matched.clusters[left] == matched.clusters[right]
    home = (matched.households[left] == matched.households[right]) & ~merged
    now = np.where(merged, words["merged"], np.where(home, words["household"], words["apart"]))
    table: dict[str, object] = {
        names["answer"]: pl.Series([""] * len(asked), dtype=pl.String),
        names["question"]: pl.Series(marks, dtype=pl.String),
        names["now"]: pl.Series(now.tolist(), dtype=pl.String),
        names["probability"]: np.round(matched.same[asked], 3),
        names["speaks_for"]: _reasons(matched, asked, sign=1),
        names["speaks_against"]: _reasons(matched, asked, sign=-1),
    }
    shown = _shown(rows)
    # a row that is, or may be, a protected customer's says where that customer lives
    whole = pl.DataFrame({"cluster": matched.clusters, "held": protected})
    held = whole.select(pl.col("held").any().over("cluster"))["held"]
    open_ = ~(held.gather(left) | held.gather(right))
    for column in ("row_id", *(name for name in rows.columns if name in _columns(matched, rows))):
        for side, at in (("left", left), ("right", right)):
            values = shown[column].gather(at)
            table[names[side].format(column=column)] = values.set(~open_, None) if column in PRIVATE else values
    frame = pl.DataFrame(table).with_columns(__worth=worth, __left=sides["left"], __right=sides["right"])
    frame = frame.sort("__worth", "__left", "__right", descending=[True, False, False]).select(pl.exclude("^__.*$"))
    return (_MARK + (frame if params.raw else inert(frame)).write_csv()).encode(), frame.height


def _questions(ids: pl.Series, matched: Matched, params: DedupeParams) -> tuple[Pairs, FloatArray]:
    """Return which of the pairs are asked, and what an answer is worth. Rows of one customer id are one beforehand."""
    same = np.round(matched.same, 6)
    left, right = matched.clusters[left_of(matched.pairs)], matched.clusters[right_of(matched.pairs)]
    merged = left == right
    answered = among(matched.pairs, np.sort(np.concatenate([matched.verdicts.same, matched.verdicts.different])))
    unsure = np.where(merged, same < limits().review_merged_below, True) & (same >= params.review)
    bound = (ids.gather(left_of(matched.pairs)) == ids.gather(right_of(matched.pairs))).to_numpy()
    places = np.flatnonzero(unsure & ~answered & ~bound)
    size = np.bincount(matched.clusters, minlength=matched.register.size)
    touched = np.where(merged, size[left] - 1, size[left] * size[right])
    worth = np.round(same * (1 - same) * touched, 9)
    # of a merged customer every unsure tie is a question of its own; between two customers one is enough
    pair = np.where(merged, matched.pairs, np.minimum(left, right).astype(np.int64) << 32 | np.maximum(left, right))
    order = places[np.lexsort((matched.pairs[places], -same[places], pair[places]))]
    first = np.append(True, pair[order][1:] != pair[order][:-1]) if len(order) else np.empty(0, dtype=np.bool_)
    asked = np.sort(order[first])
    return asked, worth[asked]


def _columns(matched: Matched, rows: pl.DataFrame) -> set[str]:
    """Return the columns shown: those compared, and those that tell rows apart for a reader."""
    return ({entry.shown for entry in matched.register.chosen} | {"customer_id", "source", "created_at"}) & set(
        rows.columns
    )


def _shown(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows as text, days without their hours."""
    days = [name for name, kind in rows.schema.items() if kind.is_temporal()]
    return rows.with_columns(pl.col(days).dt.strftime("%Y-%m-%d")).cast(pl.String)


def _reasons(matched: Matched, asked: Pairs, *, sign: int) -> pl.Series:
    """Return in words which fields speak for or against one customer, the weightiest first, in bits."""
    names = np.array([*(field.name for field in matched.register.fields), "household"])
    bits = np.column_stack([matched.field_bits[asked], matched.household_bits[asked]])
    rows, columns = np.nonzero(sign * bits > _LEAST_SAID - 0.1)
    weights, which = np.unique(bits[rows, columns], return_inverse=True)  # few: patterns of many pairs are the same
    shown = np.array([abs(round(weight, 1)) for weight in weights.tolist()])[which]
    words = np.array([f"{weight:+.1f}" for weight in weights.tolist()], dtype=object)[which]
    order = np.lexsort((which, names[columns], -shown, rows))
    order = order[shown[order] >= _LEAST_SAID]
    told = (names[columns[order]].astype(object) + " " + words[order]).tolist()
    ends = np.cumsum(np.bincount(rows[order], minlength=len(asked))).tolist()
    return pl.Series([", ".join(told[start:end]) for start, end in pairwise([0, *ends])], dtype=pl.String)
