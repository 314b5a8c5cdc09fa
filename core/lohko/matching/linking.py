"""New rows beside a register that stands: who of them is known already. The register's customers and their ids stay as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from lohko.errors import InputRefused
from lohko.matching.blocking import left_of, right_of
from lohko.matching.coding import Codes, encode
from lohko.matching.ledger import Ledger, in_order, open_ledger
from lohko.matching.match import Matched

_OLD = "__register"


class Beside(NamedTuple):
    """A ledger whose rows are those of the input and of the register.

    Attributes
    ----------
    ledger : rows of both; all else is the input's
    fresh : which rows are the input's
    anchors : the customer of each row of the register, as a number; -1 for the input's rows. A customer may hold but one
    """

    ledger: Ledger
    fresh: npt.NDArray[np.bool_]
    anchors: Codes


def beside(ledger: Ledger, register: Mapping[str, pl.LazyFrame]) -> Beside:
    """Put a register's rows beside those of a ledger.

    Parameters
    ----------
    ledger : the input's
    register : the tables of the other package; the rows as they came are compared where it keeps them

    Raises
    ------
    InputRefused
        It has no customers (``table_needed``).
    """
    if "customers" not in register:
        raise InputRefused("table_needed", "the package of --against has no customers")
    old = open_ledger(register).rows
    both = pl.concat(
        [ledger.rows.with_columns(pl.lit(value=False).alias(_OLD)), old.with_columns(pl.lit(value=True).alias(_OLD))],
        how="diagonal_relaxed",
    )
    rows = in_order(both)
    anchors = encode(rows.select(pl.when(_OLD).then("together").alias("id"))["id"]).codes
    fresh = ~rows[_OLD].to_numpy()
    ids = old["together"].unique().sort()
    return Beside(replace(ledger, rows=rows.drop(_OLD), register_ids=ids), fresh, anchors)


def of_fresh_rows(matched: Matched, fresh: npt.NDArray[np.bool_]) -> Matched:
    """Return the result without the pairs of which both rows are the register's."""
    keep = fresh[left_of(matched.pairs)] | fresh[right_of(matched.pairs)]
    return replace(
        matched,
        pairs=matched.pairs[keep],
        cells=matched.cells[keep],
        same=matched.same[keep],
        household=matched.household[keep],
        bits=matched.bits[keep],
        field_bits=matched.field_bits[keep],
        household_bits=matched.household_bits[keep],
    )
