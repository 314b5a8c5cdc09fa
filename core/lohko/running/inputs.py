"""What a step reads: a package, or one file or pipe that is read as the step's first table."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from lohko.errors import InputRefused
from lohko.outcome import Account, Finding, Progress
from lohko.package.reading import Package, is_package
from lohko.reading.forgotten import Memory, read_memory
from lohko.reading.ingest import ingest
from lohko.reading.params import IngestParams
from lohko.reading.sources import Source

# What reading a file says of those who were forgotten.
FORGOTTEN = ("forgotten_left_out", "forgotten_by_contact", "forgotten_alike", "forgotten_missing")


@dataclass(frozen=True, slots=True)
class Input:
    """What was opened.

    Attributes
    ----------
    frames : the tables, lazily
    inputs : name, bytes and sha256 of what was read
    package : the package, where it was one
    accounts : the reading's accounts, where it was a file
    rejects : the file of rows that could not be read, where there are any
    """

    frames: Mapping[str, pl.LazyFrame]
    inputs: tuple[Mapping[str, Any], ...]
    timezone: str
    package: Package | None = None
    accounts: Mapping[str, Account] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    rejects: Path | None = None


def open_input(
    source: Path | None,
    table: str | None,
    reading: IngestParams,
    mapping: Mapping[str, Mapping[str, str]],
    *,
    scratch: Path,
    progress: Progress,
    forgotten: Path | None = None,
) -> Input:
    """Open a package, a CSV or Parquet file, or standard input (None); of a file the forgotten are left out.

    Raises
    ------
    InputRefused
        It is not there, or cannot be read.
    """
    if source is not None and source.is_dir():
        package = Package.open(source)
        noted = {"name": source.name, "step": package.record["step"], "sha256": package.fingerprint}
        return Input(package.frames(), (noted,), package.timezone, package)
    if source is not None and not source.exists():
        Package.open(source)  # completes an interrupted exchange, or says that nothing is there
        if is_package(source):
            return open_input(source, table, reading, mapping, scratch=scratch, progress=progress)
        raise InputRefused("input_missing", f"{source} does not exist")
    stdin = sys.stdin.buffer.read() if source is None else None
    memory, warned = remembered(forgotten)
    found = ingest(
        (Source(source, table, None),),
        reading,
        mapping=mapping,
        scratch=scratch,
        progress=progress,
        stdin=stdin,
        forgotten=memory,
    )
    inputs = tuple({"name": f.name, "bytes": f.bytes, "sha256": f.sha256} for f in found.inputs)
    return Input(
        found.tables, inputs, reading.timezone, None, found.accounts, (*warned, *found.findings), found.rejects
    )


def remembered(path: Path | None) -> tuple[Memory | None, tuple[Finding, ...]]:
    """Read the file of the forgotten, and say so where one is named that is not there."""
    memory = read_memory(path) if path else None
    missing = path is not None and memory is None
    return memory, (Finding("forgotten_missing", {"file": str(path)}, "warning"),) if missing else ()
