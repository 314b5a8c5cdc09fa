"""The one registry of error, reject, finding and reason codes: what each means and what to do.

The texts are data: one TOML file a trade beside this module, each code a table::

    [postcode_fixed]
    kind = "finding"                      # error | reject | finding | reason
    title = "{count} postcodes repaired"  # a finding's sentence; others: a short name of the matter
    text = "Why it happens, in a sentence or two."
    fix = "What to do about it."

``lohko explain CODE``, the messages, the logs and the docs all read it from here.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal, cast

Kind = Literal["error", "reject", "finding", "reason"]


@dataclass(frozen=True, slots=True)
class Code:
    """One code of the registry.

    Attributes
    ----------
    code : the stable name, in snake case
    kind : ``error`` (the run ended), ``reject`` (a row was kept aside), ``finding`` (a count worth telling) or
        ``reason`` (why a decision was made)
    title : a short sentence; ``{names}`` stand for a finding's figures
    text : what it means
    fix : what to do
    """

    code: str
    kind: Kind
    title: str
    text: str
    fix: str


@cache
def registry() -> dict[str, Code]:
    """Return all codes by name, in alphabetical order."""
    found: dict[str, Code] = {}
    for entry in sorted(resources.files(__name__).iterdir(), key=lambda item: item.name):
        if not entry.name.endswith(".toml"):
            continue
        for code, fields in tomllib.loads(entry.read_text(encoding="utf-8")).items():
            if code in found:
                message = f"code {code} stands twice in the registry"
                raise ValueError(message)
            found[code] = Code(
                code, cast("Kind", fields["kind"]), fields["title"], fields["text"], fields.get("fix", "")
            )
    return dict(sorted(found.items()))
