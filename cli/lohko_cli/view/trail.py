"""The trail of one customer's permissions on the terminal: plain lines that can be printed and sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rich.padding import Padding
from rich.text import Text

from lohko_cli.view.console import make_console
from lohko_cli.view.tables import clean

if TYPE_CHECKING:
    from lohko.views.customer.trail import Decision, Trail
    from lohko.views.report.words import Words


def show_trail(found: Trail, words: Words, timezone: str, package: str) -> None:
    """Show a trail.

    Parameters
    ----------
    timezone : the zone in which times are shown
    package : the name and fingerprint of the package, in words
    """
    console = make_console(stderr=False)
    zone = ZoneInfo(timezone)

    def line(text: str, depth: int = 0, style: str = "") -> None:
        console.print(Padding(Text(clean(text), style=style), (0, 0, 0, 2 * depth), expand=False))

    def cell(name: str, value: Any) -> str:
        if isinstance(value, dt.datetime):
            return f"{value.astimezone(zone):%Y-%m-%d %H:%M}"
        if isinstance(value, bool):
            return words(f"trail.{'yes' if value else 'no'}")
        return words.code(f"trail_{name}", str(value)) if name in _CODED else str(value)

    def told(row: Mapping[str, Any]) -> str:
        """Return a row of evidence as one line: its time, what it says, and the rest with names."""
        row = dict(row)
        when = row.pop("recorded_at", None) or row.pop("screened_at", None) or row.pop("valid_from", None)
        parts = [cell("at", when) if when else words("trail.undated")]
        counted = row.pop("counted", True)
        for name, value in row.items():
            if value is None and name == "channel":
                parts.append(words("trail.all_channels"))
            elif value is not None and name != "table":
                shown = words.code("channel", value) if name == "channel" else cell(name, value)
                parts.append(shown if name in _BARE else f"{words(f'trail_column.{name}')}: {shown}")
        if not counted:
            parts.append(words("trail.not_counted"))
        return " · ".join(parts)

    decided = found.decided
    line(words("trail.title", customer=found.customer_id), style="bold")
    line(words("trail.as_of", day=words.date(found.as_of), timezone=timezone))
    if found.as_of == decided["as_of"]:
        line(
            words("trail.made", step=str(decided["step"]), version=str(decided["version"]), rules=str(decided["rules"]))
        )
    else:
        line(words("trail.another_day", day=words.date(decided["as_of"]), rules=str(decided["rules"])))
    line(words("trail.package", package=package))
    line(words("trail.rows", rows=", ".join(_row(row) for row in found.rows)))
    for decision in found.decisions:
        console.print()
        line(
            f"{words.code('channel', decision.channel)}: {words.code('decision', decision.decision)} – "
            f"{words.code('reason', decision.reason)}",
            style="bold",
        )
        _why(line, words, decision)
        for key, rows in (("rests_on", decision.rests_on), ("history", decision.history)):
            if rows:
                line(words(f"trail.{key}"), 1)
                for row in rows:
                    line(told(row), 2)
    for key, entries in (("lists", found.lists), ("updates", found.updates)):
        console.print()
        line(words(f"trail.{key}"), style="bold")
        for row in entries:
            line(told(row), 1)
        if not entries:
            line(words("trail.none"), 1)
    console.print()
    line(words("trail.reproduced" if all(d.same is not False for d in found.decisions) else "trail.changed"))
    line(words("trail.lawyer"))


# Columns whose values are words of ours, and those that need no name before them.
_CODED = ("status", "basis", "method", "matched_by", "given_by")
_BARE = ("status", "given_by", "register", "channel")


def _row(row: Mapping[str, Any]) -> str:
    own, source = row.get("row_id"), row["source_customer_id"]
    return str(source) if own in (None, source) else f"{source} ({own})"


def _why(line: Any, words: Words, decision: Decision) -> None:
    if decision.rule is not None:
        rule = decision.rule
        line(words("trail.facts", facts=" · ".join(_facts(words, decision, rule))), 1)
        read = words.code("trail_verified", rule["verified"])
        line(words(f"trail.rule_{rule['by']}", rule=rule["id"], source=rule["source"], verified=read), 1)
        if "because" in rule:
            line(words("trail.because", because=rule["because"]), 1)
    if decision.anew is not None:
        anew = decision.anew
        told = f"{words.code('decision', anew['decision'])} – {words.code('reason', anew['reason'])}"
        line(words("trail.differs", anew=told), 1)
    line(words("trail.evidence", evidence=decision.evidence), 1)


def _facts(words: Words, decision: Decision, rule: Mapping[str, Any]) -> list[str]:
    """Return whom the decision is about, and what held of all that its rule asks, in words."""
    facts = decision.facts
    country = facts["country"]
    told = [words("trail.country", country=country) if country else words("trail.country_unknown")]
    asked = rule["asks"]
    if not asked and rule["by"] == "lohko":
        asked = (
            "stop",
            "consent",
        )  # lohko's rules that ask nothing are reached where nobody refused, and nothing allows
    return told + [words(f"trail_fact.{name}_{facts[name]}") for name in ("recipient", *asked)]
