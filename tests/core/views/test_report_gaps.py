"""The gaps of permissions in a report: what is too small, and what would give it away, is left out."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from lohko.cleaning.permission_repairs import COLUMNS
from lohko.cleaning.sheets import write_sheet
from lohko.views.report.model import HIDDEN
from lohko.views.report.sections.gaps import gaps

Row = tuple[str, str | None, str, str, int, int, str]


def shown(rows: list[Row], reasons: dict[str, object], k: int = 5) -> list[tuple[object, ...]]:
    data = write_sheet(pl.DataFrame(rows, schema=list(COLUMNS), orient="row"))
    found = gaps(data, {"email": reasons}, k)  # type: ignore[dict-item]
    return [(gap.source, "+".join(gap.missing), gap.customers, gap.reachable) for gap in found]


def test_what_differs_in_the_reason_alone_is_one_thing_to_do() -> None:
    rows: list[Row] = [
        ("email", None, "information + screening", "inform + screen", 20, 20, "informed_unknown"),
        ("email", None, "information + screening", "inform + screen", 10, 10, "not_informed"),
    ]
    assert shown(rows, {"informed_unknown": 20, "not_informed": 10}) == [(None, "information+screening", 30, 30)]


def test_a_small_gap_is_left_out_and_so_is_the_one_that_would_tell_it() -> None:
    rows: list[Row] = [
        ("email", "web", "time", "complete_record", 40, 40, "no_evidence"),
        ("email", "shop", "time", "complete_record", 9, 9, "no_evidence"),
        ("email", "call", "time", "complete_record", 2, 2, "no_evidence"),
    ]
    assert shown(rows, {"no_evidence": 51}) == [("web", "time", 40, 40)]


def test_the_gaps_of_a_reason_that_is_hidden_are_hidden_and_addresses_are_not_told() -> None:
    rows: list[Row] = [
        ("email", "web", "time", "complete_record", 40, 40, "no_evidence"),
        ("email", "aino@x.fi", "renewal", "renew", 30, 30, "stale"),
        ("email", None, "consent", "ask", 7, 3, "unknown_default_deny"),
    ]
    reasons = {"no_evidence": HIDDEN, "stale": 30, "unknown_default_deny": 7}
    assert shown(rows, reasons) == [("…", "renewal", 30, 30), (None, "consent", 7, HIDDEN)]


def test_there_are_none_without_the_file_or_from_one_of_before() -> None:
    assert gaps(None, {}, 5) == ()
    assert gaps(b"channel,source,missing,repair,customers,reachable\n", {}, 5) == ()


@given(st.lists(st.tuples(st.sampled_from(["no_evidence", "stale"]), st.integers(1, 12)), min_size=1, max_size=6))
def test_no_gap_below_k_is_left_over_for_a_reader(found: list[tuple[str, int]]) -> None:
    rows: list[Row] = [("email", f"s{n}", "time", "renew", size, 0, reason) for n, (reason, size) in enumerate(found)]
    sums = {reason: sum(size for own, size in found if own == reason) for reason, _ in found}
    reasons = {reason: total if total >= 5 else HIDDEN for reason, total in sums.items()}
    told = {row[0]: row[2] for row in shown(rows, dict(reasons))}
    for reason, total in sums.items():
        mine = [f"s{n}" for n, (own, _) in enumerate(found) if own == reason]
        left = total - sum(int(str(told[name])) for name in mine if name in told)
        hidden = [name for name in mine if name not in told]
        assert not hidden or reasons[reason] is HIDDEN or (left >= 5 and (len(hidden) > 1 or len(mine) == 1))
    assert all(int(str(count)) >= 5 for count in told.values())
