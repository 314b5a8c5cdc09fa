"""Variables of the environment that nothing reads are found, and none that something reads is."""

from __future__ import annotations

import pytest

from lohko.running.settings import params_of, section_names
from lohko.running.variables import known_variables, unknown_variables


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("LOHKO_REPORT_LNAG", "LOHKO_REPORT_LANG"),
        ("LOHKO_TIMEZON", "LOHKO_TIMEZONE"),
        ("LOHKO_COSTS_POSTGE", "LOHKO_COSTS_POSTAGE"),
        ("LOHKO_INGEST_MAX_REJECT", "LOHKO_INGEST_MAX_REJECTS"),
        ("LOHKO_zzz", None),
        ("LOHKO_SOMEBODYS_OWN_FOLDER", None),
    ],
)
def test_a_slip_is_told_with_the_nearest_name(name, near):
    assert unknown_variables({name: "x", "PATH": "/bin"}) == [(name, near)]


def test_what_is_read_is_known():
    known = known_variables(["customer", "why"])
    assert {"LOHKO_CONFIG", "LOHKO_AS_OF", "LOHKO_WHY_TIMEZONE", "LOHKO_CUSTOMER_LANG", "LOHKO_FORMAT"} <= known
    for section in section_names():
        for name in params_of(section)().as_dict():
            assert {f"LOHKO_{section}_{name}".upper(), f"LOHKO_{name}".upper()} <= known
    assert unknown_variables(dict.fromkeys(known, "x"), ["customer", "why"]) == []


def test_nothing_is_looked_up_where_there_is_nothing_to_doubt(monkeypatch):
    monkeypatch.setattr("lohko.running.variables.known_variables", lambda _: pytest.fail("looked up"))
    assert unknown_variables({"PATH": "/bin", "lohko_x": "1"}) == []
