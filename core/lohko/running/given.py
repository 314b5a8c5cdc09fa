"""Files that a step's parameters name: read once, handed to the step, noted among its inputs."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from lohko.errors import InputRefused, Place
from lohko.outcome import GivenFile
from lohko.parameters import Params
from lohko.reading.ingest import ingest
from lohko.reading.params import IngestParams
from lohko.reading.sources import Source


def read_given(params: Params) -> dict[str, GivenFile]:
    """Return the files that the parameters name, by the parameter's name.

    Raises
    ------
    InputRefused
        One is not there or cannot be read (``input_missing``).
    """
    found = {}
    for name in params.file_names():
        path = getattr(params, name)
        if path is None:
            continue
        try:
            found[name] = GivenFile(str(path), Path(path).read_bytes())
        except OSError as error:
            option = name.replace("_", "-")
            message = f"--{option}: {path} cannot be read: {error.strerror}"
            raise InputRefused("input_missing", message, places=(Place(str(path)),)) from error
    return found


def read_tables(
    params: Params, reading: IngestParams, mapping: Mapping[str, Mapping[str, str]], scratch: Path
) -> dict[str, pl.LazyFrame]:
    """Return the tables in files that the parameters name, read as ``ingest`` reads them.

    Raises
    ------
    LohkoError
        As ``ingest`` does.
    """
    found: dict[str, pl.LazyFrame] = {}
    for field in dataclasses.fields(params):
        table, path = field.metadata.get("table"), getattr(params, field.name)
        if table is not None and path is not None:
            folder = scratch / f"given-{field.name}"
            folder.mkdir()
            found[table] = ingest((Source(Path(path), table),), reading, mapping=mapping, scratch=folder).tables[table]
    return found


def note_given(given: Mapping[str, GivenFile]) -> tuple[Mapping[str, Any], ...]:
    """Return what the descriptor notes of each file."""
    return tuple(
        {
            "name": Path(file.name).name,
            "parameter": name,
            "bytes": len(file.data),
            "sha256": hashlib.sha256(file.data).hexdigest(),
        }
        for name, file in sorted(given.items())
    )
