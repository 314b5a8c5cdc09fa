"""Names of people, companies and streets, read from ``names.toml``."""

from __future__ import annotations

import tomllib
from pathlib import Path

_LISTS = tomllib.loads(Path(__file__).with_name("names.toml").read_text(encoding="utf-8"))

WOMEN_OLD: list[str] = _LISTS["women_old"]
MEN_OLD: list[str] = _LISTS["men_old"]
WOMEN_YOUNG: list[str] = _LISTS["women_young"]
MEN_YOUNG: list[str] = _LISTS["men_young"]
WOMEN_SV: list[str] = _LISTS["women_sv"]
MEN_SV: list[str] = _LISTS["men_sv"]
WOMEN_WORLD: list[str] = _LISTS["women_world"]
MEN_WORLD: list[str] = _LISTS["men_world"]
LAST: list[str] = _LISTS["last"]
LAST_SV: list[str] = _LISTS["last_sv"]
LAST_WORLD: list[str] = _LISTS["last_world"]
STREETS: list[str] = _LISTS["streets"]
STREETS_SV: list[str] = _LISTS["streets_sv"]
COMPANY_STEMS: list[str] = _LISTS["company_stems"]
COMPANIES_SV: list[str] = _LISTS["companies_sv"]
SHORT_NAMES: dict[str, str] = _LISTS["short_names"]
COMPANY_TRADES: dict[str, str] = _LISTS["company_trades"]
