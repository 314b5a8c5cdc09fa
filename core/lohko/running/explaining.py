"""Two rows of a register explained: what ``lohko why`` does. Nothing is written."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lohko.errors import InputRefused
from lohko.matching.params import DedupeParams
from lohko.outcome import Progress, silent
from lohko.reading.params import IngestParams
from lohko.running.inputs import Input, open_input
from lohko.running.places import scratch_folder
from lohko.running.settings import convert
from lohko.running.shell import losing

if TYPE_CHECKING:
    from lohko.matching.explain import Explanation


@dataclass(frozen=True, slots=True)
class WhyJob:
    """What is asked: the register, the two rows, and how dedupe was told to work.

    Attributes
    ----------
    source : a package, a file, or None for standard input
    left, right : row ids or customer ids
    params : dedupe's parameters as flags, environment and configuration have them
    asked : names of those that a flag set; of a package that dedupe made, its own parameters hold for the others
    reading, mapping : how a single file is to be read
    forgotten : the file of those who are left out of a single file
    """

    source: Path | None
    left: str
    right: str
    params: DedupeParams
    asked: frozenset[str]
    reading: IngestParams
    mapping: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    forgotten: Path | None = None


def run_why(job: WhyJob, *, progress: Progress = silent) -> Explanation:
    """Explain two rows.

    Raises
    ------
    InputRefused
        There is no such input, no customers in it, or no such row (``dedupe_no_such_row``).
    """
    from lohko.matching.explain import explain

    with scratch_folder(None) as scratch, losing(job.source):
        given = open_input(
            job.source,
            "customers",
            job.reading,
            job.mapping,
            scratch=scratch,
            progress=progress,
            forgotten=job.forgotten,
        )
        if "customers" not in given.frames:
            raise InputRefused(
                "table_needed", "why needs the table customers", hint="give a file for it to lohko ingest"
            )
        told = explain(given.frames, job.left, job.right, _as_it_ran(job, given), progress)
        return _discreet(told, given)


def _discreet(told: Explanation, given: Input) -> Explanation:
    """Return the explanation without protected addresses: of either row, since two that may be one live in one place."""
    from lohko.cleaning.protection import HIDDEN, is_protected

    ids = {told.left.row_id, told.left.customer_id, told.right.row_id, told.right.customer_id}
    if not is_protected(given.frames, ids):
        return told
    values = {name: (None, None) if name in HIDDEN else both for name, both in told.values.items()}
    return dataclasses.replace(told, values=values)


def _as_it_ran(job: WhyJob, given: Input) -> DedupeParams:
    """Return the parameters by which the package's duplicates were found, but for those that a flag set."""
    history = given.package.history if given.package else []
    ran: dict[str, Any] = next((r["parameters"] for r in reversed(history) if r["step"] in {"dedupe", "clean"}), {})
    hints = typing.get_type_hints(DedupeParams)
    noted = {
        name: convert(name, value, hints[name])
        for name, value in ran.items()
        if name in hints and name not in job.asked and value is not None
    }
    return dataclasses.replace(job.params, **noted)
