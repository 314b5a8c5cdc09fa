"""Which opt-out registers are of outside, so that having been screened against them counts as screening."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib import resources

import polars as pl

from lohko.tables.text import folded

# Words up to this long are found as whole words only.
_SHORT = 4


@cache
def _data() -> dict[str, list[str]]:
    source = resources.files("lohko.cleaning").joinpath("data", "opt_out_registers.toml")
    return tomllib.loads(source.read_text(encoding="utf-8"))


def screens(register: pl.Expr, channel: str, named: Sequence[str]) -> pl.Expr:
    """Return whether being screened against the register counts as screening the channel.

    Parameters
    ----------
    register : names as the lists give them
    named : names of further registers that do, as the user gave them
    """
    name = folded(register)
    words = pl.lit(" ") + name + pl.lit(" ")
    # Whole words only, but `Puhelinrobinson` is the phone's Robinson: compounds are read for long words.
    whole = [f" {word} " for word in _data().get(channel, ())]
    within = [word for word in _data().get(channel, ()) if len(word) > _SHORT]
    known = words.str.contains_any(whole) if whole else pl.lit(value=False)
    if within:
        known = known | name.str.contains_any(within)
    mine = (
        pl.Series([text for text in named if text.strip()], dtype=pl.String)
        .to_frame("name")
        .select(folded(pl.col("name")))
    )
    return (known | name.is_in(mine["name"].drop_nulls().implode())).fill_null(value=False)
