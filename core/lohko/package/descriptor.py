"""The descriptor of a package: Frictionless Data Package v2, with lohko's own record under ``lohko``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from lohko.tables import tables

NAME = "datapackage.json"
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"


@dataclass(frozen=True, slots=True)
class Resource:
    """One table's file or files: path relative to the package, row count, size in bytes, sha256, and the columns' types."""

    name: str
    paths: tuple[str, ...]
    format: str
    rows: int
    bytes: int
    sha256: str
    fields: tuple[tuple[str, str], ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the resource as the descriptor holds it."""
        media = {"parquet": "application/vnd.apache.parquet", "csv": "text/csv"}
        table = tables().get(self.name)
        columns = []
        for name, kind in self.fields:
            entry: dict[str, Any] = {"name": name, **_FRICTIONLESS[kind]}
            known = table.column(name) if table else None
            if known and known.needed:
                entry["constraints"] = {"required": True}
            columns.append(entry)
        return {
            "name": self.name,
            "path": self.paths[0] if len(self.paths) == 1 else list(self.paths),
            "format": self.format,
            "mediatype": media[self.format],
            "encoding": "utf-8",
            "rows": self.rows,
            "bytes": self.bytes,
            "hash": f"sha256:{self.sha256}",
            "sha256": self.sha256,
            "schema": {"fields": columns},
        }


_FRICTIONLESS: dict[str, dict[str, Any]] = {
    "string": {"type": "string"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "decimal": {"type": "number", "decimal": "18,4"},
    "boolean": {"type": "boolean"},
    "date": {"type": "date"},
    "datetime": {"type": "datetime", "timezone": "UTC"},
}


def kind_of(dtype: pl.DataType) -> str:
    """Return the descriptor's word for a polars type."""
    if isinstance(dtype, pl.Decimal):
        return "decimal"
    if isinstance(dtype, pl.Datetime):
        return "datetime"
    if dtype == pl.Date:
        return "date"
    if dtype == pl.Boolean:
        return "boolean"
    if dtype.is_integer():
        return "integer"
    if dtype.is_float():
        return "number"
    return "string"


def kind_in(entry: Mapping[str, Any]) -> str:
    """Return our word for a field of a descriptor."""
    return "decimal" if entry.get("decimal") else str(entry["type"])


@dataclass(frozen=True, slots=True)
class Record:
    """What lohko notes of the run that wrote a package (the descriptor's ``lohko`` part).

    Attributes
    ----------
    step, version, parameters, as_of, timezone : what ran, and how
    inputs : name and sha256 of what was read
    accounting : per table, where its rows went
    findings, figures : the outcome
    history : the records of the steps before, oldest first
    erasures : when ``lohko forget`` erased somebody, and how many rows by table; what else is told speaks of the time before
    started, seconds : when, and how long (the only values that differ between two equal runs)
    """

    step: str
    version: str
    parameters: Mapping[str, Any]
    inputs: Sequence[Mapping[str, Any]]
    accounting: Mapping[str, Mapping[str, int]]
    as_of: str | None = None
    timezone: str = "UTC"
    findings: Sequence[Mapping[str, Any]] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)
    history: Sequence[Mapping[str, Any]] = ()
    erasures: Sequence[Mapping[str, Any]] = ()
    started: str | None = None
    seconds: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the record as plain JSON values."""
        return {
            "step": self.step,
            "version": self.version,
            "as_of": self.as_of,
            "timezone": self.timezone,
            "parameters": dict(self.parameters),
            "inputs": [dict(item) for item in self.inputs],
            "accounting": {name: dict(item) for name, item in self.accounting.items()},
            "findings": [dict(item) for item in self.findings],
            "figures": dict(self.figures),
            **({"erasures": [dict(item) for item in self.erasures]} if self.erasures else {}),
            "started": self.started,
            "seconds": self.seconds,
            "history": [dict(item) for item in self.history],
        }


def render(name: str, resources: Sequence[Resource], files: Sequence[Mapping[str, Any]], record: Record) -> str:
    """Return the descriptor's JSON text."""
    return (
        json.dumps(
            {
                "$schema": PROFILE,
                "name": name,
                "resources": [resource.as_dict() for resource in resources],
                "lohko": {**record.as_dict(), "files": [dict(item) for item in files]},
            },
            ensure_ascii=False,
            indent=2,
        )
        + "\n"
    )


def fingerprint_of(content: Mapping[str, Any]) -> str:
    """Return one sha256 for all that a package holds (its files; not its times or its name)."""
    parts = sorted((str(entry["name"]), str(entry["sha256"])) for entry in content["resources"])
    parts += sorted((str(entry["path"]), str(entry["sha256"])) for entry in content["lohko"].get("files", ()))
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
