"""One customer's figures as reasons that a service agent could read out, from the customer's row of ``value`` alone."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

from babel.numbers import format_decimal, format_percent

LANGUAGES = ("en", "fi", "sv")
_MEASURES = (("financial", 1), ("visits", 3), ("social", 5))  # the place of its level in value_class
_SHARES = ("p_alive", "churn_risk", "next_share")


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing to say: its code, the figures in it as they are in the row, and the sentence."""

    code: str
    data: Mapping[str, Any]
    text: str


@cache
def _words(lang: str) -> dict[str, Any]:
    content = resources.files(__package__).joinpath("explain.toml").read_text(encoding="utf-8")
    found: dict[str, Any] = tomllib.loads(content)[lang]
    return found


def explain(row: Mapping[str, Any], lang: str = "en", figures: Mapping[str, Any] | None = None) -> tuple[Reason, ...]:
    """Explain one customer's value.

    Parameters
    ----------
    row : the customer's row of the table ``value``, column to cell; columns that are missing or empty are not spoken of
    lang : ``en``, ``fi`` or ``sv``
    figures : those of the step ``value``; with them it is told why a sum in money is missing

    Returns
    -------
    The reasons in the order to read them: purchases, the three dimensions, customers brought and knowledge, the worth so far,
    what is to come, the risk and what drives it, the next dimension.

    Raises
    ------
    ValueError
        Another language.
    """
    if lang not in LANGUAGES:
        message = f"explain speaks {', '.join(LANGUAGES)}, not {lang!r}"
        raise ValueError(message)
    found: list[Reason] = []

    def tell(code: str, *columns: str, **more: str) -> None:
        data = {c: row[c] for c in columns}
        text = _words(lang)[code].format(**{c: _shown(c, v, lang) for c, v in data.items()}, **more)
        found.append(Reason(code, {**data, **more}, text))

    if row.get("frequency"):
        tell("bought", "frequency", "monetary", "recency_days")
    elif "frequency" in row:
        tell("never_bought")
    for name, place in _MEASURES:
        _dimension(row, name, place, lang, tell)
    _social(row, tell)
    if row.get("engagement_value") is not None and any(row.get(c) is not None for c in ("visit_value", "social_value")):
        for code in ("engagement_value", "visit_value", "social_value"):
            if row.get(code):
                tell(code, code)
    elif figures:
        _not_in_money(row, figures, lang, tell)
    for code in ("expected_purchases", "expected_visits", "p_alive", "clv"):
        if row.get(code) is not None:
            tell(code, code)
    if row.get("expected_social_days") is not None:
        tell("expected_social_days", "expected_social_days", "expected_social_points")
    for code in ("expected_visit_value", "expected_social_value"):
        if row.get(code):
            tell(code, code)
    ties = ("clv_passed_on", "referral_clv", "influence_value")
    if row.get("clnv") is not None and any(row[c] for c in ties):
        tell("clnv", "clnv", *ties)
    _prospects(row, figures or {}, lang, tell)
    if row.get("churn_risk") is not None:
        tell("churn_contract" if row.get("churn_kind") == "contract" else "churn_silent", "churn_risk")
        if row.get("churn_drivers"):
            tell("drivers", drivers=drivers(str(row["churn_drivers"]), lang))
    if row.get("next_dimension") and row.get("next_share") is not None:
        tell("next_dimension", "next_share", dimension=_words(lang)[f"dimension_{row['next_dimension']}"])
    return tuple(found)


def lacking(missing: Iterable[str], lang: str = "en") -> str:
    """Say in words why parts of what is still to come are missing (``figures.prospects.missing``)."""
    return ", ".join(_words(lang)[f"lack_{key}"] for key in missing)


def _not_in_money(row: Mapping[str, Any], figures: Mapping[str, Any], lang: str, tell: Any) -> None:
    """Tell why there is no worth so far in all."""
    engagement = figures.get("engagement")
    if engagement is None or row.get("engagement_value") is not None:
        return
    missing, prices = engagement.get("missing") or (), _words(lang)["prices"]
    if missing:
        tell("engagement_unpriced", missing=", ".join(prices.get(key, key) for key in missing))
    else:
        tell("engagement_no_prices")


def _prospects(row: Mapping[str, Any], figures: Mapping[str, Any], lang: str, tell: Any) -> None:
    """Tell all that is still to come, where it is more than one part, or why it is not added up."""
    told = figures.get("prospects")
    parts = ("clv", "expected_visit_value", "expected_social_value")
    if row.get("expected_engagement_value") is not None:
        if sum(row.get(c) is not None for c in parts) > 1:
            tell("expected_engagement_value", "expected_engagement_value")
    elif told and told.get("missing"):
        tell("prospects_untold", missing=lacking(told["missing"], lang))
    elif told and told.get("total") is not None and (row.get("frequency") or row.get("active_subscriptions")):
        tell("prospects_contract")


def _social(row: Mapping[str, Any], tell: Any) -> None:
    """Tell of the customers brought, and of knowledge."""
    if row.get("customers_brought"):
        worth = ("referral_value",) if row.get("referral_value") is not None else ()
        tell("brought_money" if worth else "brought", "customers_brought", *worth)
    if row.get("knowledge_points"):
        tell("knowledge", "knowledge_points")


def drivers(codes: str, lang: str = "en") -> str:
    """Return a cell of ``churn_drivers`` in words: ``visit_recency_days:high;…`` as a list."""
    words = _words(lang)
    told = []
    for code in codes.split(";"):
        column, _, side = code.partition(":")
        told.append(words[side or "is"].format(name=words["columns"].get(column, column)))
    return ", ".join(told)


def _dimension(row: Mapping[str, Any], name: str, place: int, lang: str, tell: Any) -> None:
    """Tell the level of a dimension that was measured, and how many stand no higher."""
    level = str(row.get("value_class") or "")[place : place + 1]
    extra = {"visits": ("visit_days",), "social": ("social_acts",)}.get(name, ())
    if not level.isdigit() or level == "0" or any(row.get(c) is None for c in (name, *extra)):
        return
    tell(name, *extra, level=_words(lang)[f"level_{level}"], share=_shown("share", row[name], lang))


def _shown(column: str, value: Any, lang: str) -> str:
    """Write a figure as people of the language do."""
    if column in _SHARES or column == "share":
        return str(format_percent(value, format="#,##0%" if lang == "en" else "#,##0\u00a0%", locale=lang))
    if isinstance(value, Decimal):
        return str(format_decimal(value, format="#,##0.00", locale=lang))
    return str(format_decimal(value, format="#,##0.#" if isinstance(value, float) else "#,##0", locale=lang))
