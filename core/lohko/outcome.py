"""What a step takes and gives: tables in, an outcome out. No files, no clock, no screen.

The terminal, ``--json``, the log and the reports all render what is returned here.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from lohko.codes import registry
from lohko.errors import ToolFault

if TYPE_CHECKING:
    import polars as pl

Level = Literal["info", "warning"]


_NOUNS = (
    "row|cell|customer|postcode|pair|transaction|segment|file|value|column|event|group|household|line|visit|touchpoint"
    "|id|buyer|day|block|question|answer|name|street|update|permission|place|reject|purchase|referral"
)
_VERBS = {
    "are": "is", "have": "has", "were": "was", "do": "does", "belong": "belongs", "hold": "holds", "name": "names",
    "exist": "exists", "look": "looks", "fit": "fits", "stand": "stands", "wait": "waits", "say": "says", "stay": "stays",
    "contradict": "contradicts", "speak": "speaks",
}  # fmt: skip
_ONE = re.compile(rf"(?<![\d.,-])1 ((?:[\w-]+ ){{0,2}}?)({_NOUNS})s\b((?: that| who)?)(?: ({'|'.join(_VERBS)})\b)?")


def _one(match: re.Match[str]) -> str:
    """Bring a thing of which there is one, and its verb, into the singular."""
    before, noun, relative, verb = match.groups()
    return f"1 {before}{noun}{relative}" + (f" {_VERBS[verb]}" if verb else "")


class Progress(Protocol):
    """How long work reports itself: called with what is being done, how much is done, and of how much (None: unknown)."""

    def __call__(self, what: str, done: int, total: int | None = None) -> None: ...


def silent(what: str, done: int, total: int | None = None) -> None:
    """Report no progress."""


@dataclass(frozen=True, slots=True)
class GivenFile:
    """A file that the user named in a parameter: its name, as written, and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Other:
    """Another package that a parameter of the step names: its tables, and those of its small files the step asked for."""

    tables: Mapping[str, pl.LazyFrame] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Env:
    """What a step may know of its surroundings.

    Attributes
    ----------
    as_of : the last day that counts; later events are left out
    timezone : IANA name of the zone in which days are counted
    files : small files of the input package by relative name (``model/model.json``), where the step asked for them
    progress : to be called on long work
    given : files that the user named, by the parameter that names them
    others : other packages the step reads, by the parameter that names them (``lohko.parameters.package_option``)
    """

    as_of: dt.date
    timezone: str = "UTC"
    files: Mapping[str, bytes] = field(default_factory=dict)
    progress: Progress = silent
    given: Mapping[str, GivenFile] = field(default_factory=dict)
    others: Mapping[str, Other] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """A count or warning worth telling, by its code in the registry. ``data`` holds counts and names, never cell values."""

    code: str
    data: Mapping[str, Any] = field(default_factory=dict)
    level: Level = "info"

    @property
    def text(self) -> str:
        """The sentence, in English: thousands grouped, one of a thing in the singular."""
        shown = {
            key: f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else value
            for key, value in self.data.items()
        }
        return _ONE.sub(_one, registry()[self.code].title.format(**shown))

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as plain JSON values."""
        return {"code": self.code, "level": self.level, "text": self.text, "data": dict(self.data)}


@dataclass(frozen=True, slots=True)
class Account:
    """Where a table's rows went: ``rows_in + derived = rows_out + rejected + merged + dropped + erased``, always."""

    rows_in: int = 0
    derived: int = 0
    rows_out: int = 0
    rejected: int = 0
    merged: int = 0
    dropped: int = 0
    erased: int = 0

    def check(self, table: str) -> None:
        """Raise ToolFault (``accounts_open``) unless the account closes."""
        came = self.rows_in + self.derived
        went = self.rows_out + self.rejected + self.merged + self.dropped + self.erased
        if came != went:
            raise ToolFault("accounts_open", f"table {table}: {came} rows came, {went} are accounted for")


@dataclass(frozen=True, slots=True)
class StepResult:
    """What a step gives back.

    Attributes
    ----------
    tables : the tables the step made or changed, by name; all others are carried along untouched
    findings : what is worth telling, in the order it should be read
    figures : plain JSON values for reports and ``--json``
    accounts : for tables whose row count the step changed on purpose; for the rest the shell fills them in
    files : small files to keep in the package by relative name (``model/model.json``)
    outdated : tables and files of the input that no longer hold and are not carried along
    gate : why a gate the user set was crossed (all is written; the exit code is 1)
    """

    tables: Mapping[str, pl.DataFrame | pl.LazyFrame]
    findings: tuple[Finding, ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)
    accounts: Mapping[str, Account] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    outdated: tuple[str, ...] = ()
    gate: str | None = None
