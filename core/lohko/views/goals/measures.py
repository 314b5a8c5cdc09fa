"""What targets may be set for: measures as data (``goals.toml``), recognised by any of their names."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

_PERMISSION: Final = re.compile(r"(.+) permission share")
CHANNELS: Final = ("email", "sms", "phone", "robocall", "post", "push", "ad_audience")


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure.

    Attributes
    ----------
    code : its name in data
    kind : ``sum`` (grows over the period), ``share`` (part of a whole, 0 to 1) or ``score`` (mean of answers)
    more : True where more is better
    gap : what a gap to the target is told in
    channel : of a permission share, the channel
    """

    code: str
    kind: str
    more: bool
    gap: str
    channel: str | None = None


def recognised(text: str) -> Measure | None:
    """Return the measure that a target names, case, accents and separators aside; None where it is not known."""
    key = folded(text)
    measures, names = _known()
    if found := _PERMISSION.fullmatch(key):
        channel = found[1].replace(" ", "_")
        plain = measures["permission_share"]
        return Measure(plain.code, plain.kind, plain.more, plain.gap, channel) if channel in CHANNELS else None
    return measures.get(names.get(key, ""))


def measures() -> tuple[str, ...]:
    """Return the codes of the measures, in their order."""
    return tuple(_known()[0])


def folded(text: str) -> str:
    """Return a name as names are compared: lower case, no accents, nothing that cannot be seen, words parted by one space."""
    plain = unicodedata.normalize("NFKD", text.lower())
    seen = (c for c in plain if not unicodedata.combining(c) and unicodedata.category(c) != "Cf")
    return " ".join(re.findall(r"[^\W_]+", "".join(seen)))


@cache
def _known() -> tuple[dict[str, Measure], dict[str, str]]:
    raw = tomllib.loads(resources.files(__package__).joinpath("goals.toml").read_text(encoding="utf-8"))
    measures = {
        code: Measure(code, entry["kind"], entry["better"] == "more", entry["gap"]) for code, entry in raw.items()
    }
    names = {name: code for code, entry in raw.items() for name in (*entry["names"], folded(code))}
    return measures, names
