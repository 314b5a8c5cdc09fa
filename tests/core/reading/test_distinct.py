"""Every id is found once, whichever way it is met."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lohko.reading import distinct as module


@given(st.lists(st.one_of(st.none(), st.text("abc1", max_size=3)), max_size=40))
def test_every_id_is_found_once_whatever_shares_its_place(ids):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_PLACES", 1)
        patch.setattr(module, "_RUN", 3)
        patch.setattr(module, "_SLICE", 7)
        found = module.distinct_ids(pl.LazyFrame({"customer_id": ids}, schema={"customer_id": pl.String}))
    assert sorted(found.to_list()) == sorted({one for one in ids if one is not None})
