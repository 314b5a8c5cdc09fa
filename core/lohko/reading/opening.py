"""From plain bytes to a file whose rows can be read as text: encoding, dialect, gate, names."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path

import polars as pl

from lohko.errors import InputRefused, Place
from lohko.outcome import Progress, silent
from lohko.reading import encoding, words
from lohko.reading.beside import Beside
from lohko.reading.dialect import Dialect, find_dialect
from lohko.reading.gate import Gate, walk
from lohko.reading.limits import limits
from lohko.reading.naming import Columns, check_needed, find_table, known_names, name_columns
from lohko.reading.params import IngestParams
from lohko.reading.shapes import refuse_unjoined, shape_of
from lohko.reading.survey import NotUtf8, OldLineEnds
from lohko.reading.textfile import RECORD, TextFile, scan_text
from lohko.reading.unpacking import Plain

Mappings = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Opening:
    """What is said of a file, and where its copies go.

    Attributes
    ----------
    table, source : as the user named them, or None
    params, mapping : what the user says of the files
    beside : where the rest of a large file may be checked while it is read, its lines counted where that is enough; None: every line is
        checked first
    scratch, number : copies are ``scratch/text-NUMBER`` (in UTF-8) and ``mended-NUMBER`` (without its faults)
    """

    table: str | None
    source: str | None
    params: IngestParams
    mapping: Mappings
    scratch: Path
    number: int
    progress: Progress = silent
    beside: Beside | None = None

    def columns(self, header: tuple[str, ...], name: str, line: int | None) -> tuple[str, Columns]:
        """Recognise the table and the columns of a header."""
        place = Place(name, line)
        named = {**self.mapping.get("consents", {}), **self.mapping.get(f"consents@{self.source}", {})}
        refuse_unjoined(header, self.table, named, place)
        shape = shape_of(header, self.table)
        table = self.table or (shape.table if shape else find_table(header, name, self.mapping))
        said = dict(self.mapping.get(table, {}))
        if self.source is not None:
            said |= self.mapping.get(f"{table}@{self.source}", {})
        if shape is not None:
            said = dict(shape.said(header, said))
        columns = name_columns(header, table, said, place)
        check_needed(columns, table, place)
        return table, columns


def open_file(plain: Plain, opening: Opening) -> TextFile:
    """Make a file readable as text: find out how it is written, account for its lines, recognise its table and columns.

    Raises
    ------
    InputRefused
        See ``encoding``, ``dialect``, ``gate`` and ``naming``.
    """
    file = _open_parquet(plain, opening) if plain.kind == "parquet" else _open_text(plain, opening)
    return _heed_values(file)


def _heed_values(file: TextFile) -> TextFile:
    """Give up columns that are ours by name alone: under a weak name words of something else, in place of money a share (``12 %``)."""
    weak = [c for c in file.present() if c.type == "enum" and c.name in file.columns.weak and not c.needed]
    money = [c for c in file.present() if c.type == "decimal" and not c.needed]
    if not weak and not money:
        return file
    try:
        first = file.rows(limits().sample_rows).select(c.name for c in (*weak, *money)).collect()
    except pl.exceptions.PolarsError:  # a damaged file of another program's: reading it says so
        return file
    for column in money:
        cells = first[column.name].drop_nulls()
        if len(cells) and cells.str.contains(r"\d\s*%\s*$").sum() * 2 > len(cells):
            file = replace(file, columns=file.columns.without(column.name))
    for column in weak:
        values = first[column.name].drop_nulls().str.to_lowercase().unique()
        known = values.is_in(list(words.enumeration(file.table, column))).sum()
        if len(values) and known * 2 < len(values):
            file = replace(file, columns=file.columns.without(column.name))
    return file


def _open_text(plain: Plain, opening: Opening) -> TextFile:
    name, params = plain.name, opening.params
    text = opening.scratch / f"text-{opening.number:04d}"
    path = plain.path
    head, whole = _head(path)
    named = encoding.known(params.encoding) if params.encoding and plain.delimiter is None else None
    used = encoding.marked(head) or named
    if used is None and (guess := encoding.unmarked_utf16(head)) is not None:
        raise InputRefused(
            "utf16_unmarked",
            f"{name} looks like UTF-16 without a byte-order mark",
            hint=f"read it with --encoding {guess}",
            places=(Place(name),),
        )
    if used not in {None, "utf-8"}:
        path = encoding.to_utf8(path, text, used or "", name)
        head, whole = _head(path)
    used = used or "utf-8"
    while True:
        dialect = _dialect(head, plain, opening, whole=whole)
        try:
            gate, rest = _pass(path, dialect, name, opening)
            break
        except NotUtf8:
            if named is not None or path != plain.path:
                raise InputRefused(
                    "not_in_encoding", f"{name} is not {used} throughout", places=(Place(name),)
                ) from None
            used = encoding.single_byte(path, name)
            path = encoding.to_utf8(path, text, used, name)
        except OldLineEnds:
            used = encoding.marked(head) or used if path != plain.path else _whole_encoding(path, used, name, named)
            path = encoding.to_utf8(path, text, used, name)
        head, whole = _head(path)
    table, columns = opening.columns(dialect.header, name, dialect.header_line)
    scan = partial(scan_text, gate, dialect)
    return TextFile(
        name,
        table,
        opening.source,
        gate,
        dialect.header,
        dialect.header_line,
        columns,
        scan,
        path,
        used,
        dialect,
        rest=rest,
        guessed=opening.table is None,
    )


def _pass(path: Path, dialect: Dialect, name: str, opening: Opening) -> tuple[Gate, Future[Gate] | None]:
    """Pass the gate; of a large file that begins without faults and quotes, its beginning alone, while the rest is under way."""
    sizes = limits()
    large = opening.beside is not None and path.stat().st_size >= 2 * sizes.ahead_bytes
    copy = opening.scratch / f"mended-{opening.number:04d}"
    way = walk(path, copy, dialect, name, opening.progress, counting=large)
    if opening.beside is None or not large:
        return deque(way, 1).pop(), None
    gate = deque(islice(way, max(sizes.ahead_bytes // sizes.chunk_bytes, 1)), 1).pop()
    if gate.faults or gate.quotes or gate.spans:
        return deque((gate, *deque(way, 1)), 1).pop(), None
    return gate.so_far(), opening.beside.finish(way, gate)


def _whole_encoding(path: Path, used: str, name: str, named: str | None) -> str:
    """Decide the encoding of a file whose line ends must be changed before it can pass the gate."""
    if named is not None or encoding.is_utf8(path):
        return used
    return encoding.single_byte(path, name)


def _head(path: Path) -> tuple[bytes, bool]:
    with path.open("rb") as file:
        head = file.read(limits().head_bytes)
    return head, len(head) < limits().head_bytes


def _dialect(head: bytes, plain: Plain, opening: Opening, *, whole: bool) -> Dialect:
    name = plain.name
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError:
        text = head.decode("cp1252", "replace")  # to find the delimiter; the encoding is decided over the whole file
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not whole and len(lines) > 1:
        lines.pop()
    named = {v for t, m in opening.mapping.items() if opening.table in {None, t.partition("@")[0]} for v in m.values()}
    delimiter = plain.delimiter or {"tab": "\t"}.get(opening.params.delimiter or "", opening.params.delimiter)
    dialect = find_dialect(
        lines,
        name,
        whole=whole,
        delimiter=delimiter,
        recognise=lambda names: known_names(names, opening.table) + sum(1 for n in names if n in named),
    )
    if len(dialect.header) > limits().columns:
        raise InputRefused(
            "too_large",
            f"{name} has {len(dialect.header):,} columns; {limits().columns:,} are read",
            places=(Place(name),),
        )
    return dialect


def _open_parquet(plain: Plain, opening: Opening) -> TextFile:
    try:
        rows = pl.scan_parquet(plain.path, glob=False)
        schema = rows.collect_schema()
        count = rows.select(pl.len()).collect().item()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise InputRefused(
            "archive_damaged", f"{plain.name} is a damaged Parquet file", places=(Place(plain.name),)
        ) from error
    header = tuple(schema)
    table, columns = opening.columns(header, plain.name, None)
    texts = [
        _as_text(pl.col(name), dtype, Place(plain.name, None, None, name)).alias(f"__{position}")
        for position, (name, dtype) in enumerate(schema.items())
    ]
    gate = Gate(plain.path, 0, lines=count, records=count, quotes=True, spaces=True, scientific=False)
    gate.start_at(1)

    def scan(limit: int | None) -> pl.LazyFrame:
        some = rows if limit is None else rows.head(limit)
        return some.with_row_index(RECORD).select(RECORD, *texts)

    return TextFile(plain.name, table, opening.source, gate, header, 0, columns, scan, None, "Parquet")


def _as_text(value: pl.Expr, dtype: pl.DataType, place: Place) -> pl.Expr:
    """Write a typed column as the text that a CSV of it would hold, so that every file is judged by the same rules."""
    if isinstance(dtype, pl.Datetime):
        zone = "+00:00" if dtype.time_zone is not None else ""
        utc = value.dt.convert_time_zone("UTC") if dtype.time_zone is not None else value
        return utc.dt.to_string("%Y-%m-%d %H:%M:%S%.6f") + pl.lit(zone)
    if dtype.is_float():
        whole = value.is_finite() & (value == value.floor()) & (value.abs() < 1e15)
        integer = value.cast(pl.Int64, strict=False).cast(pl.String)
        return pl.when(whole).then(integer).otherwise(value.cast(pl.String))
    if dtype.is_nested() or dtype in {pl.Binary, pl.Object}:
        raise InputRefused(
            "column_nested",
            f"{place.file}: column '{place.column_name}' holds {dtype}, not plain values",
            places=(place,),
        )
    return value.cast(pl.String)
