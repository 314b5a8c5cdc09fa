"""From plain bytes to a file whose rows can be read as text: encoding, dialect, gate, names."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import polars as pl

from lohko.errors import InputRefused, Place
from lohko.outcome import Progress, silent
from lohko.reading import encoding
from lohko.reading.dialect import Dialect, find_dialect
from lohko.reading.gate import Gate, NotUtf8, OldLineEnds, pass_gate
from lohko.reading.limits import limits
from lohko.reading.naming import find_table, known_names, name_columns
from lohko.reading.params import IngestParams
from lohko.reading.passes import RECORD, TextFile, scan_text
from lohko.reading.sources import Source
from lohko.reading.unpacking import Plain


def open_file(
    plain: Plain,
    source: Source,
    params: IngestParams,
    mapping: Mapping[str, Mapping[str, str]],
    scratch: Path,
    number: int,
    progress: Progress = silent,
) -> TextFile:
    """Make a file readable as text: find out how it is written, account for its lines, recognise its table and columns.

    Raises
    ------
    InputRefused
        See ``encoding``, ``dialect``, ``gate`` and ``naming``.
    """
    if plain.kind == "parquet":
        return _open_parquet(plain, source, mapping)
    return _open_text(plain, source, params, mapping, scratch, number, progress)


def mapping_of(mapping: Mapping[str, Mapping[str, str]], table: str, source: str | None) -> dict[str, str]:
    """Return the mapping of a table, with what is said for its source alone before what holds for all."""
    return dict(mapping.get(table, {})) | (dict(mapping.get(f"{table}@{source}", {})) if source else {})


def _open_text(
    plain: Plain,
    source: Source,
    params: IngestParams,
    mapping: Mapping[str, Mapping[str, str]],
    scratch: Path,
    number: int,
    progress: Progress,
) -> TextFile:
    with plain.path.open("rb") as file:
        head = file.read(limits().head_bytes)
        whole = len(head) < limits().head_bytes
    text = scratch / f"text-{number:04d}"
    mended = scratch / f"mended-{number:04d}"
    path = plain.path
    named = encoding.known(params.encoding) if params.encoding else None
    used = named or encoding.marked(head)
    if used is None and (guess := encoding.unmarked_utf16(head)) is not None:
        raise InputRefused(
            "utf16_unmarked",
            f"{plain.name} looks like UTF-16 without a byte-order mark",
            hint=f"read it with --encoding {guess}",
            places=(Place(plain.name),),
        )
    if used not in (None, "utf-8"):
        path = encoding.to_utf8(path, text, used, plain.name)
        head, whole = _head(path)
    used = used or "utf-8"
    while True:
        try:
            dialect, table = _dialect(head, plain.name, source.table, params, mapping, source.source, whole=whole)
            gate = pass_gate(path, mended, dialect, plain.name, progress)
            break
        except NotUtf8:
            used = named or encoding.single_byte(path, plain.name)
            path = encoding.to_utf8(path, text, used, plain.name)
        except OldLineEnds:
            path = encoding.to_utf8(path, text, "utf-8", plain.name)
        head, whole = _head(path)
    place = Place(plain.name, dialect.header_line)
    columns = name_columns(dialect.header, table, mapping_of(mapping, table, source.source), place)
    return TextFile(
        plain.name, table, source.source, gate, dialect.header, dialect.header_line, columns, partial(scan_text, gate, dialect),
        path, used, dialect,
    )  # fmt: skip


def _head(path: Path) -> tuple[bytes, bool]:
    with path.open("rb") as file:
        head = file.read(limits().head_bytes)
    return head, len(head) < limits().head_bytes


def _dialect(
    head: bytes,
    name: str,
    table: str | None,
    params: IngestParams,
    mapping: Mapping[str, Mapping[str, str]],
    source: str | None,
    *,
    whole: bool,
) -> tuple[Dialect, str]:
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError:
        text = head.decode(
            "cp1252", "replace"
        )  # only to find the delimiter: the real encoding is decided over the whole file
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not whole and len(lines) > 1:
        lines.pop()
    named = {theirs for t, m in mapping.items() if table in (None, t.partition("@")[0]) for theirs in m.values()}
    delimiter = {"tab": "\t"}.get(params.delimiter or "", params.delimiter)
    dialect = find_dialect(
        lines,
        name,
        whole=whole,
        delimiter=delimiter,
        recognise=lambda names: known_names(names, table) + sum(1 for n in names if n in named),
    )
    if len(dialect.header) > limits().columns:
        raise InputRefused(
            "too_large",
            f"{name} has {len(dialect.header):,} columns; {limits().columns:,} are read",
            places=(Place(name),),
        )
    return dialect, table or find_table(dialect.header, name)


def _open_parquet(plain: Plain, source: Source, mapping: Mapping[str, Mapping[str, str]]) -> TextFile:
    try:
        rows = pl.scan_parquet(plain.path, glob=False)
        schema = rows.collect_schema()
        count = rows.select(pl.len()).collect().item()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputRefused(
            "archive_damaged", f"{plain.name} is a damaged Parquet file", places=(Place(plain.name),)
        ) from error
    header = tuple(schema)
    table = source.table or find_table(header, plain.name)
    place = Place(plain.name)
    columns = name_columns(header, table, mapping_of(mapping, table, source.source), place)
    texts = []
    for position, (name, dtype) in enumerate(schema.items()):
        texts.append(_as_text(pl.col(name), dtype, name, plain.name).alias(f"__{position}"))
    gate = Gate(plain.path, 0, lines=count, records=count, quotes=True, spaces=True, nulls=True, scientific=False)
    gate.start_at(1)

    def scan(limit: int | None) -> pl.LazyFrame:
        some = rows if limit is None else rows.head(limit)
        return some.with_row_index(RECORD).select(RECORD, *texts)

    return TextFile(plain.name, table, source.source, gate, header, 0, columns, scan, plain.path, "parquet", None)


def _as_text(value: pl.Expr, dtype: pl.DataType, name: str, file: str) -> pl.Expr:
    if dtype == pl.String or isinstance(dtype, (pl.Categorical, pl.Enum)):
        return value.cast(pl.String)
    if isinstance(dtype, pl.Datetime):
        return value.dt.to_string("%Y-%m-%d %H:%M:%S%.f") + pl.lit("+00:00" if dtype.time_zone == "UTC" else "")
    if dtype.is_float():
        whole = value.is_finite() & (value == value.floor()) & (value.abs() < 1e15)
        return pl.when(whole).then(value.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(value.cast(pl.String))
    if dtype.is_nested() or dtype == pl.Binary or dtype == pl.Object:
        raise InputRefused(
            "column_nested",
            f"{file}: column '{name}' holds {dtype}, not plain values",
            places=(Place(file, None, None, name),),
        )
    return value.cast(pl.String)
