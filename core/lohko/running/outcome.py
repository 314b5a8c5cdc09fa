"""The outcome of a command: what the terminal, ``--json`` and the log render."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from lohko.outcome import Account, Finding

State = Literal["done", "up_to_date", "dry_run"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command did.

    Attributes
    ----------
    command : its name
    state : ``done``, ``up_to_date`` or ``dry_run``
    output : where the result lies (``-`` for standard output, None where nothing is written)
    as_of : the day the result speaks of, where time matters
    accounting : per table, where its rows went
    findings : what is worth telling
    figures : plain JSON values
    inputs : name, sha256 and size of what was read
    seconds : how long it took
    gate : why a gate the user set was crossed (then the exit code is 1)
    parts : outcomes of the steps of ``lohko run``
    """

    command: str
    state: State = "done"
    output: str | None = None
    as_of: str | None = None
    accounting: Mapping[str, Account] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[Mapping[str, Any], ...] = ()
    seconds: float = 0.0
    gate: str | None = None
    parts: tuple[Outcome, ...] = ()

    @property
    def exit_code(self) -> int:
        """0, or 1 where a gate was crossed here or in a part."""
        return int(self.gate is not None or any(part.exit_code for part in self.parts))

    def as_dict(self) -> dict[str, Any]:
        """Return the outcome as plain JSON values."""
        content: dict[str, Any] = {
            "schema_version": 1,
            "command": self.command,
            "state": self.state,
            "exit_code": self.exit_code,
            "output": self.output,
            "as_of": self.as_of,
            "inputs": [dict(item) for item in self.inputs],
            "accounting": {name: dataclasses.asdict(account) for name, account in self.accounting.items()},
            "findings": [finding.as_dict() for finding in self.findings],
            "figures": dict(self.figures),
            "gate": self.gate,
            "seconds": round(self.seconds, 3),
        }
        if self.parts:
            content["steps"] = [part.as_dict() for part in self.parts]
        return content
