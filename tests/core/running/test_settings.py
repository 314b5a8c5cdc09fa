"""Where a parameter's value comes from, and what a wrong lohko.toml says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lohko.errors import UsageFault
from lohko.running.settings import Settings, common, day, load, load_mapping, resolve, zone


def write(folder: Path, text: str) -> Path:
    path = folder / "lohko.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_flags_beat_environment_beats_file_beats_defaults(tmp_path: Path) -> None:
    settings = load(write(tmp_path, "[dedupe]\nthreshold = 0.8\nreview = 0.4\n"))
    environment = {"LOHKO_DEDUPE_REVIEW": "0.3", "LOHKO_REVIEW": "0.2"}
    got: Any = resolve("dedupe", {"threshold": 0.95, "review": None}, settings, environment)
    assert (got.threshold, got.review) == (0.95, 0.3)
    got = resolve("dedupe", {}, settings, {})
    assert (got.threshold, got.review) == (0.8, 0.4)
    got = resolve("dedupe", {}, Settings(), {"LOHKO_REVIEW": "0.2"})
    assert (got.threshold, got.review) == (type(got)().threshold, 0.2)


def test_timezone_of_ingest_holds_for_the_steps_after_it(tmp_path: Path) -> None:
    settings = load(write(tmp_path, '[ingest]\ntimezone = "Europe/Helsinki"\n[value]\nas_of = "2026-10-31"\n'))
    assert common("value", "timezone", None, settings, {}) == "Europe/Helsinki"
    assert common("value", "as_of", None, settings, {}) == "2026-10-31"
    assert common("value", "as_of", None, settings, {"LOHKO_AS_OF": "2026-01-01"}) == "2026-01-01"
    assert common("value", "as_of", "2025-01-01", settings, {"LOHKO_AS_OF": "2026-01-01"}) == "2025-01-01"


@pytest.mark.parametrize(
    ("text", "line", "near"),
    [
        ("[deduplicate]\n", 1, "dedupe"),
        ("[dedupe]\n\ntreshold = 0.9\n", 3, "threshold"),
        ('[sources]\ncustomer = "a.csv"\n', 2, "customers"),
        ('[mapping.custmers]\ncustomer_id = "x"\n', 1, "customers"),
        ("[run]\nstep = []\n", 2, "steps"),
        ("[privacy]\nmin_grop = 3\n", 2, "min_group"),
    ],
)
def test_an_unknown_key_names_its_line_and_the_nearest_known_one(
    tmp_path: Path, text: str, line: int, near: str
) -> None:
    with pytest.raises(UsageFault) as caught:
        load(write(tmp_path, text))
    assert caught.value.code == "config_unknown_key"
    assert caught.value.places[0].line == line
    assert f"'{near}'" in (caught.value.hint or "")


@pytest.mark.parametrize(
    "text",
    ["[dedupe", "dedupe = 1\n", "[sources]\ncustomers = 3\n", "[sources]\ncustomers = []\n",
     "[mapping.customers]\ncustomer_id = 3\n", "\xff"],
)  # fmt: skip
def test_a_broken_file_is_refused_in_words(tmp_path: Path, text: str) -> None:
    path = tmp_path / "lohko.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(UsageFault) as caught:
        load(path)
    assert caught.value.exit_code == 2
    assert str(path) in caught.value.message


@pytest.mark.parametrize(
    "text",
    ["[dedupe]\nthreshold = 'high'\n", "[dedupe]\nthreshold = true\n", "[segment]\nk = 2.5\n", "[report]\nlang = 3\n"],
)
def test_a_value_of_the_wrong_kind_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageFault) as caught:
        load(write(tmp_path, text))
    assert caught.value.code == "option_value"


def test_no_file_is_fine_unless_it_was_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(None) == Settings()
    with pytest.raises(UsageFault, match="cannot be read"):
        load(tmp_path / "nothing.toml")


def test_mapping_files_hold_mappings_alone(tmp_path: Path) -> None:
    path = write(tmp_path, '[mapping."customers@crm"]\ncustomer_id = "Asiakasnro"\n')
    assert load_mapping(path) == {"customers@crm": {"customer_id": "Asiakasnro"}}
    with pytest.raises(UsageFault):
        load_mapping(write(tmp_path, "[dedupe]\n"))


def test_days_and_zones() -> None:
    assert day("2026-02-28").day == 28
    assert zone("Europe/Helsinki") == "Europe/Helsinki"
    for call, word in ((day, "31.2.2026"), (day, "2026-02-30"), (zone, "Helsinki"), (zone, "../../etc/passwd")):
        with pytest.raises(UsageFault):
            call(word)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[clean]\n\nthreshold = 7\n", 3, "[clean] threshold is 7"),
        ('[run]\nsteps = ["ingest", "clen"]\n', 2, "[run] steps"),
        ('[run]\ncuts = ["31.10.2025"]\n', 2, "[run] cuts"),
        ('[report]\nlang = "de"\n', 2, "[report] lang is 'de'"),
        ('[value]\nas_of = "31.10.2025"\n', 2, "[value] as_of"),
        ("[privacy]\nforgotten = 7\n", 2, "must be the name of a file"),
    ],
)
def test_a_wrong_value_names_its_key_and_line_before_anything_runs(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    with pytest.raises(UsageFault) as caught:
        load(write(tmp_path, text))
    assert words in caught.value.message
    assert caught.value.places[0].line == line
    assert caught.value.hint


@pytest.mark.parametrize("text", ["[report]\nas_of = '2026-01-01'\n", "[ingest]\nas_of = '2026-01-01'\n"])
def test_keys_without_effect_are_unknown(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageFault) as caught:
        load(write(tmp_path, text))
    assert caught.value.code == "config_unknown_key"
