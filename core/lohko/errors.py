"""The errors of lohko: one base, four kinds that map to exit codes, one shape of message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lohko.codes import registry


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is wrong: a file, and in it a physical line (from 1), a column (from 1) and the column's name."""

    file: str
    line: int | None = None
    column: int | None = None
    column_name: str | None = None
    record: int | None = None

    def __str__(self) -> str:
        text = self.file
        if self.line is not None:
            text += f":{self.line}"
            if self.column is not None:
                text += f":{self.column}"
        if self.record is not None:
            text += f" (record {self.record})"
        return text


class LohkoError(Exception):
    """Any error that lohko raises on purpose.

    Parameters
    ----------
    code : a code of kind ``error`` in the registry
    message : what is wrong here, in one sentence, without any customer's data
    hint : what to do next; the registry's advice if left out
    places : where; at most five are shown
    count : how many places there are in all, where that is more than are listed
    values : the cell values behind it, shown only on request (``--show-values``)
    """

    exit_code: ClassVar[int] = 70

    def __init__(
        self,
        code: str,
        message: str,
        *,
        hint: str | None = None,
        places: tuple[Place, ...] = (),
        count: int | None = None,
        values: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint if hint is not None else registry()[code].fix
        self.places = places
        self.count = count if count is not None else len(places)
        self.values = values

    def as_dict(self) -> dict[str, object]:
        """Return the error as plain JSON values (no cell values)."""
        return {
            "code": self.code,
            "severity": "error",
            "message": self.message,
            "hint": self.hint,
            "count": self.count,
            "places": [
                {
                    "file": p.file,
                    "line": p.line,
                    "column": p.column,
                    "column_name": p.column_name,
                    "record": p.record,
                }
                for p in self.places[:5]
            ],
        }


class UsageFault(LohkoError):
    """The command or configuration is wrong (exit 2)."""

    exit_code = 2


class InputRefused(LohkoError):
    """The input cannot be used; nothing was written (exit 3)."""

    exit_code = 3


class OutputRefused(LohkoError):
    """The output cannot be written; what was there is untouched (exit 4)."""

    exit_code = 4


class Locked(LohkoError):
    """Another run holds the lock (exit 5)."""

    exit_code = 5


class ToolFault(LohkoError):
    """A fault of lohko itself (exit 70)."""

    exit_code = 70
