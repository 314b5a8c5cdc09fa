"""The trail of a customer's permissions: it follows from the tables, names the very rows, and tells nothing of others."""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

import polars as pl
import pytest
from tests.core.cleaning.permission_oracle import AS_OF
from tests.core.cleaning.permission_worlds import TABLES, together, worlds

from lohko.cleaning.consents import consents
from lohko.cleaning.params import ConsentsParams
from lohko.cleaning.permission_rules import FACTS, rule_book
from lohko.cleaning.recipients import RECIPIENTS
from lohko.errors import InputRefused
from lohko.outcome import Env, GivenFile
from lohko.tables.types import schema
from lohko.views.customer.trail import Trail, trail
from lohko.views.report.words import LANGUAGES, texts

NOON = dt.datetime(2026, 1, 2, 12, tzinfo=dt.UTC)
OWN = b"""version = "acme 1"
[[rule]]
id = "NO_PUSH"
channels = ["push"]
decision = "may_not"
source = "board"
"""


def package(
    own: bytes | None = None, **rows: list[dict[str, Any]]
) -> tuple[dict[str, pl.LazyFrame], dict[str, bytes], list[dict[str, Any]]]:
    """Tables with their permissions, the files and the record of the step that decided them."""
    tables = {
        name: pl.LazyFrame(given, schema=schema("customers" if name == "originals" else name, tuple(given[0])), orient="row")
        for name, given in rows.items()
        if given
    }  # fmt: skip
    given = {"rules": GivenFile("own.toml", own)} if own else {}
    made = consents(tables, ConsentsParams(country="SE"), Env(AS_OF, given=given))
    record = {
        "step": "consents",
        "version": "0",
        "figures": made.figures,
        "parameters": {"country": "SE", "rules": None},
    }
    return {**tables, "permissions": made.tables["permissions"].lazy()}, dict(made.files), [record]


def told(of: tuple[Any, Any, Any], word: str, as_of: dt.date | None = None, **more: Any) -> Trail:
    return trail(*of, word, as_of=as_of, timezone="UTC", **more)


def customer(name: str, **more: object) -> dict[str, object]:
    return {"customer_id": name, "customer_type": "person", "country": "FI", "email": None, "informed": None, **more}


def event(name: str, status: str, at: dt.datetime | None = NOON, **more: object) -> dict[str, object]:
    start = {"customer_id": name, "channel": "email", "status": status, "recorded_at": at, "source": "form"}
    return {**start, "wording": "v1", "method": "active", "guardian": None, **more}


def channel(found: Trail, name: str) -> Any:
    return next(d for d in found.decisions if d.channel == name)


@pytest.mark.slow
def test_what_is_worked_out_for_one_is_what_was_decided_among_all() -> None:
    of = package(**{table: together(worlds(3, 30))[table] for table in TABLES})
    names = of[0]["permissions"].select("customer_id").unique().sort("customer_id").collect()["customer_id"]
    tables = ("consents", "suppressions", "address_updates")
    for name in names.to_list()[::9]:
        found = told(of, name)
        assert all(d.same for d in found.decisions)
        for d in found.decisions:
            table, _, words = d.evidence.partition(": ")
            if table in tables and not words.startswith(("no consent", "opt-out registers")):
                assert d.rests_on, (name, d)
                assert {row["table"] for row in d.rests_on} == {table}


def test_the_row_a_decision_rests_on_is_named_with_its_rule_and_the_history_in_order() -> None:
    later = NOON + dt.timedelta(days=3)
    of = package(
        customers=[customer("a", email="a@x.fi")],
        consents=[
            event("a", "withdrawn", later),
            event("a", "granted"),
            event("a", "granted", NOON + dt.timedelta(days=400)),
        ],
    )
    found = channel(told(of, "a"), "email")
    assert (found.decision, found.reason, found.rule["id"], found.rule["by"]) == (
        "may_not",
        "withdrawn",
        "WITHDRAWN",
        "lohko",
    )
    assert [(r["status"], r["recorded_at"]) for r in found.rests_on] == [("withdrawn", later)]
    assert [(r["status"], r["counted"]) for r in found.history] == [
        ("granted", True),
        ("withdrawn", True),
        ("granted", False),
    ]
    before = told(of, "a", NOON.date())
    assert channel(before, "email").decision == "may"
    assert channel(before, "email").same is None
    assert before.decided["as_of"] == AS_OF


def test_the_stop_of_another_at_the_same_address_is_told_without_saying_who() -> None:
    of = package(
        customers=[customer("a", email="a@x.fi"), customer("secret", email="A@x.fi")],
        consents=[event("a", "granted"), event("secret", "objected", NOON + dt.timedelta(days=1))],
        suppressions=[{"register": "own", "channel": "sms", "customer_id": "a", "screened_at": NOON}],
    )
    found = told(of, "a")
    assert channel(found, "email").rests_on[0]["given_by"]
    assert channel(found, "sms").rests_on == (
        {"table": "suppressions", "register": "own", "channel": "sms", "screened_at": NOON.date(), "matched_by": "customer_id"},
    )  # fmt: skip
    text = json.dumps(found.as_dict())
    assert "secret" not in text
    assert "x.fi" not in text


def test_names_in_the_evidence_are_masked_unless_asked() -> None:
    born = dt.date(2015, 1, 1)
    of = package(
        customers=[customer("a", email="a@x.fi", birth_date=born)],
        consents=[event("a", "granted", guardian="Maija", source="maija@x.fi")],
    )
    assert "aija" not in json.dumps(told(of, "a").as_dict())
    shown = channel(told(of, "a", show_values=True), "email").rests_on[0]
    assert (shown["guardian"], shown["source"]) == ("Maija", "maija@x.fi")


def test_a_companys_own_rule_is_told_as_its_own_and_a_changed_table_is_found_out() -> None:
    of = package(OWN, customers=[customer("a", email="a@x.fi")], consents=[event("a", "granted")])
    assert channel(told(of, "a"), "push").rule == {
        "id": "NO_PUSH", "by": "company", "asks": [], "source": "board", "verified": "the company's own",
    }  # fmt: skip
    tables, files, history = of
    changed = {**tables, "consents": tables["consents"].with_columns(status=pl.lit("objected"))}
    found = channel(told((changed, files, history), "a"), "email")
    assert (found.decision, found.same, found.rule, found.rests_on) == ("may", False, None, ())
    assert found.anew["decision"] == "may_not"


def test_without_decisions_there_is_no_trail() -> None:
    tables, files, history = package(customers=[customer("a")])
    with pytest.raises(InputRefused) as refused:
        told(({"customers": tables["customers"]}, files, history), "a")
    assert refused.value.code == "table_needed"


def test_every_language_has_the_same_words() -> None:
    spoken: Mapping[str, set[str]] = {lang: set(texts(lang, "lohko.views.customer")) for lang in ("en", "fi", "sv")}
    own = {key for key in spoken["en"] if key.startswith("trail")}
    assert all({key for key in words if key.startswith("trail")} == own for words in spoken.values())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_fact_and_every_way_of_reading_a_source_has_its_words(lang):
    known = texts(lang, "lohko.views.customer")
    wanted = {
        f"trail_fact.{fact}_{value}" for fact, values in {**FACTS, "recipient": RECIPIENTS}.items() for value in values
    }
    wanted |= {f"trail_verified.{rule.verified}" for rule in rule_book().rules}
    assert wanted <= known.keys()
