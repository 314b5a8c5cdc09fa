"""A single table as output: a file or a pipe, and a place for the rows that could not be read."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import polars as pl

from lohko.errors import InputRefused, OutputRefused
from lohko.package.files import write_file
from lohko.running.inputs import Input
from lohko.running.places import check_file


def write_table(data: pl.DataFrame, output: Path | None, stdout: BinaryIO | None) -> None:
    """Write a table to a file, or as CSV to standard output, unaltered."""
    if output is None:
        assert stdout is not None
        write_all(stdout, table_bytes(data, ".csv"))
    else:
        write_file(output, table_bytes(data, output.suffix.lower()))


def write_all(stream: BinaryIO, data: bytes) -> None:
    """Write all of the data to a stream, also where it is unbuffered and takes only a part at a time."""
    view = memoryview(data)
    while view:
        view = view[stream.write(view) :]
    stream.flush()


def table_bytes(data: pl.DataFrame, suffix: str) -> bytes:
    """Return a table as the bytes of a CSV or Parquet file."""
    buffer = BytesIO()
    if suffix == ".parquet":
        data.write_parquet(buffer, compression="zstd")
    else:
        data.write_csv(buffer, datetime_format="%Y-%m-%dT%H:%M:%S%.fZ")
    return buffer.getvalue()


def rejects_place(
    given: Input, source: Path | None, output: Path | None, asked: Path | None, *, force: bool
) -> Path | None:
    """Return where the rows that could not be read are to be kept beside a single output; None if all could.

    Raises
    ------
    InputRefused
        There are some, and a pipe has no place for them (``rejects_homeless``).
    OutputRefused
        The place is the input or the output, or somebody else's.
    """
    if given.rejects is None:
        return None
    place = asked or (output.with_name(f"{output.stem}.rejects.csv") if output is not None else None)
    if place is None:
        rejected = sum(account.rejected for account in given.accounts.values())
        what = f"{rejected} rows could not be read" if rejected else "cells that could not be read were left empty"
        raise InputRefused(
            "rejects_homeless",
            f"{what}, and a pipe has no place to keep them aside",
            hint="name one with --rejects FILE, or write a package with -o DIR",
        )
    for other in (source, output):
        if other is not None and other.resolve() == place.resolve():
            raise OutputRefused("output_is_input", f"{place} is to hold the rejects and is the input or output, too")
    check_file(place, force=force)
    return place
