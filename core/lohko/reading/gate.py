"""The byte gate: one pass over a text file that accounts for every physical line before anything is parsed.

Lines are checked in bulk: a run of lines whose delimiters and line ends alternate as they should is good as it stands, lines with quotes are
checked by the positions of their quotes, and only the odd ones go through the record machine. A file without faults is then read where it lies;
otherwise a mended copy is written that holds the good records alone, and each line left out is a reject with its number.
So what is parsed afterwards has the right number of fields in every record, and no parser has to guess.

Of a large file it is enough to count (``counting``): where a piece has as many delimiters as its lines need, either all of its lines are good or
one is too long. A parser refuses that one, and the file is then read again line by line (``ahead``). Counting takes a third of the time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from lohko.errors import InputRefused, Place
from lohko.outcome import Progress, silent
from lohko.reading.dialect import Dialect
from lohko.reading.limits import limits
from lohko.reading.records import Fault, assemble, write
from lohko.reading.survey import OldLineEnds, Survey

_LF, _CR, _QUOTE, _BACKSLASH = 10, 13, 34, 92


@dataclass(slots=True)
class Gate:
    """What the gate found.

    Attributes
    ----------
    path : the file to parse: the original where it had no faults, else a mended copy
    skip : physical lines at the start of ``path`` that are not records
    lines : physical lines of the file after the header
    records : records in ``path``, blank lines included
    faults : lines that are not records: physical line, records before it, and why
    mended : True where ``path`` is a copy
    ascii, quotes, spaces, scientific, tildes : whether there are non-ASCII bytes, quotes, spaces at the edge of a field, numbers
        like 1E+11, and an A with a tilde (the sign of letters decoded wrongly), so that what is not there need not be looked for
    breaks : from which record on which offset leads to the physical line
    spans : physical lines of the records that take more than one
    trimmed : records that had more fields than the header names, empty ones at their end
    counted : whether some lines were only counted: a parser that meets a line too long is right, and not broken
    """

    path: Path
    skip: int
    lines: int = 0
    records: int = 0
    faults: list[tuple[int, int, Fault]] = field(default_factory=list)
    mended: bool = False
    ascii: bool = True
    quotes: bool = False
    spaces: bool = False
    scientific: bool = False
    tildes: bool = True
    breaks: list[tuple[int, int]] = field(default_factory=list)
    spans: dict[int, int] = field(default_factory=dict)
    trimmed: list[int] = field(default_factory=list)
    counted: bool = False

    def as_read(self) -> tuple[object, ...]:
        """Return what decides how the file is read: two gates that agree in it lead to the same rows."""
        return (
            self.path,
            self.skip,
            self.quotes,
            self.spaces,
            self.scientific,
            bool(self.faults),
            bool(self.spans),
            len(self.trimmed),
        )

    def so_far(self) -> Gate:
        """Return a copy that the walk does not change any more."""
        return replace(
            self, faults=list(self.faults), breaks=list(self.breaks), spans=dict(self.spans), trimmed=list(self.trimmed)
        )

    def start_at(self, line: int) -> None:
        """Say on which physical line the first record stands."""
        self.breaks.append((0, line))

    def line_of(self, records: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the physical line on which each record (counted from 0) begins."""
        starts = np.array([b[0] for b in self.breaks], dtype=np.int64)
        offsets = np.array([b[1] for b in self.breaks], dtype=np.int64)
        return records + offsets[np.searchsorted(starts, records, side="right") - 1]

    def span_of(self, record: int) -> int:
        """Return how many physical lines a record takes."""
        return self.spans.get(record, 1)


def walk(
    path: Path, out: Path, dialect: Dialect, name: str, progress: Progress = silent, *, counting: bool = False
) -> Iterator[Gate]:
    """Account for every line of a file after its header, piece by piece; gives the gate after each piece, and at the end.

    Parameters
    ----------
    out : where the mended copy goes, if there is one
    counting : count where that is enough, if all that was counted is parsed, and the file walked again without it where the parser refuses

    Raises
    ------
    survey.NotUtf8, survey.OldLineEnds
        The file must be brought to UTF-8 and line feeds first.
    InputRefused
        A NUL byte (``nul_byte``), or a record beyond the limits (``too_large``).
    """
    with path.open("rb") as source:
        header = b"".join(source.readline() for _ in range(dialect.data_line - 1))
        worker = _Worker(path, out, dialect, name, len(header), counting=counting)
        worker.survey.look(header, worker.line)
        size = path.stat().st_size
        try:
            for _ in worker.run(source, size, progress):
                yield worker.gate
        finally:
            worker.close()
    yield worker.gate


class _Worker:
    def __init__(self, path: Path, out: Path, dialect: Dialect, name: str, start: int, *, counting: bool) -> None:
        self.path, self.out, self.name, self.counting = path, out, name, counting
        self.form = dialect.form
        self.width = dialect.width
        self.separator = dialect.form.delimiter.encode()
        self.gate = Gate(path, dialect.data_line - 1)
        self.line = dialect.data_line
        self.gate.start_at(self.line)
        self.start = start
        self.at = start  # offset in the file of the chunk at hand
        self.target: BinaryIO | None = None
        self.pattern = self.separator * (self.width - 1) + b"\n"
        keep = {_LF, self.separator[0]}
        self.drop = bytes(set(range(256)) - keep)
        self.blank = b" \t\r".replace(self.separator, b"")
        self.survey = Survey(name, self.separator)

    def run(self, source: BinaryIO, size: int, progress: Progress) -> Iterator[None]:
        room = limits().chunk_bytes
        last = False
        while not last:
            source.seek(self.at)
            chunk = source.read(room)
            last = len(chunk) < room
            if not chunk:
                break
            if room > limits().chunk_bytes:
                end = chunk.find(b"\n")
                self._too_long(len(chunk) if end < 0 else end)
            if last:
                if chunk.endswith(b"\r"):
                    raise OldLineEnds
                if not chunk.endswith(b"\n"):
                    chunk += b"\n"  # so that the last line is like the others
            cut = chunk.rfind(b"\n") + 1
            if cut == 0:
                self.survey.unfinished(chunk, self.line)
                used = 0
            else:
                lines = chunk[:cut]
                counts = self.survey.look(lines, self.line, counting=self.counting)
                used = self._lines(lines, counts, last=last)
            self._too_long(len(chunk) - used)
            self.at += used
            room = limits().chunk_bytes if used else 2 * room  # a record that is larger than the room
            self._note()
            progress(f"check {self.name}", min(self.at, size), size)
            yield
        self._note()
        if self.target is None:
            return
        self.gate.path, self.gate.skip, self.gate.mended = self.out, 0, True

    def close(self) -> None:
        if self.target is not None:
            self.target.close()

    def _too_long(self, rest: int) -> None:
        if rest > limits().record_bytes * 4:
            raise InputRefused(
                "too_large",
                f"{self.name}: line {self.line} is longer than {limits().record_bytes:,} bytes",
                places=(Place(self.name, self.line),),
            )

    def _note(self) -> None:
        gate, seen = self.gate, self.survey
        gate.ascii, gate.quotes, gate.scientific, gate.tildes = seen.ascii, seen.quotes, seen.scientific, seen.tildes
        gate.spaces = gate.spaces or seen.spaces

    def _lines(self, chunk: bytes, counts: tuple[int, int] | None, *, last: bool) -> int:
        """Account for the whole lines of a chunk, with its delimiters and line feeds; return how many bytes of it are done with."""
        if self.width > 1 and not (self.survey.quotes and b'"' in chunk):
            # Of a last line without an end parsers forgive a delimiter too many.
            if counts is not None and self.counting and not last:
                delimiters, lines = counts
                if delimiters != lines * (self.width - 1):
                    return self._mixed(chunk, last=last)
                self.gate.counted = True
                self._good(chunk, 0, len(chunk), lines)
                return len(chunk)
            shape = chunk.translate(None, self.drop)
            if len(shape) % self.width == 0 and shape == self.pattern * (len(shape) // self.width):
                self._good(chunk, 0, len(chunk), len(shape) // self.width)
                return len(chunk)
        return self._mixed(chunk, last=last)

    def _mixed(self, chunk: bytes, *, last: bool) -> int:
        buf = np.frombuffer(chunk, dtype=np.uint8)
        ends = np.flatnonzero(buf == _LF)
        starts = np.concatenate([[0], ends[:-1] + 1])
        odd = np.flatnonzero(
            ~_plain(buf, starts, ends, separator=self.separator[0], width=self.width, backslash=self.form.backslash)
        )
        if odd.size == 0:
            self._good(chunk, 0, len(chunk), len(ends))
            return len(chunk)
        done = 0  # lines of the chunk that are accounted for
        for index in odd.tolist():
            if index < done:
                continue
            line = chunk[starts[index] : ends[index]]
            if not line.strip(self.blank):
                continue  # a blank line is good as it stands: it is counted when it is read
            if index > done:
                self._good(chunk, int(starts[done]), int(starts[index]), index - done)
            used = self._odd(chunk, starts, ends, index, last=last)
            if used == 0:
                return int(starts[index])
            done = index + used
        if done < len(ends):
            self._good(chunk, int(starts[done]), len(chunk), len(ends) - done)
        return len(chunk)

    def _odd(
        self, chunk: bytes, starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64], index: int, *, last: bool
    ) -> int:
        """Account for an odd line and those that belong to it; return how many (0: more of the file is needed)."""
        first = _text(chunk[starts[index] : ends[index]])
        stop = index + 1
        if '"' in first:
            stop = min(index + limits().record_lines + 2, len(ends))
        lines = [
            first,
            *(_text(chunk[s:e]) for s, e in zip(starts[index + 1 : stop], ends[index + 1 : stop], strict=True)),
        ]
        record = assemble(lines, self.width, self.form, last=last or stop < len(ends))
        if record is None:
            return 0
        gate = self.gate
        self._begin_copy(int(starts[index]))
        assert self.target is not None
        if record.fault is not None:
            gate.faults.append((self.line, gate.records, record.fault))
            self._step(0, 1)
            return 1
        if record.trimmed:
            gate.trimmed.append(gate.records)
        self.target.write(write(record.fields, self.form.delimiter).encode("utf-8", "surrogateescape"))
        if record.lines > 1:
            gate.spans[gate.records] = record.lines
            gate.spaces = True  # a field may begin or end with a line end
        self._step(1, record.lines)
        return record.lines

    def _good(self, chunk: bytes, start: int, end: int, records: int) -> None:
        if self.target is not None:
            self.target.write(memoryview(chunk)[start:end])
        self._step(records, records)

    def _step(self, records: int, lines: int) -> None:
        gate = self.gate
        gate.records += records
        gate.lines += lines
        self.line += lines
        if records != lines:
            if gate.breaks and gate.breaks[-1][0] == gate.records:
                gate.breaks.pop()
            gate.breaks.append((gate.records, self.line - gate.records))

    def _begin_copy(self, offset: int) -> None:
        """Begin the mended copy: all that was good so far is copied to it."""
        if self.target is not None:
            return
        self.target = self.out.open("wb")
        length = self.at + offset - self.start
        with self.path.open("rb") as source:
            source.seek(self.start)
            while length > 0:
                block = source.read(min(length, limits().chunk_bytes))
                if not block:
                    break
                self.target.write(block)
                length -= len(block)


def _text(line: bytes) -> str:
    return line.removesuffix(b"\r").decode("utf-8", "surrogateescape")


def _plain(
    buf: npt.NDArray[np.uint8],
    starts: npt.NDArray[np.int64],
    ends: npt.NDArray[np.int64],
    *,
    separator: int,
    width: int,
    backslash: bool,
) -> npt.NDArray[np.bool_]:
    """Tell of each line whether it is a record of ``width`` fields as it stands, by the rules of RFC 4180."""
    seps = np.flatnonzero(buf == separator)
    bounds = np.searchsorted(seps, starts)
    counts = np.diff(np.append(bounds, len(seps)))
    quotes = np.flatnonzero(buf == _QUOTE)
    if not quotes.size:
        return np.asarray(counts == width - 1)
    first = np.searchsorted(quotes, starts)
    per_line = np.diff(np.append(first, len(quotes)))
    bad = per_line % 2 == 1
    line_of = np.repeat(np.arange(len(starts)), per_line)
    opens = (np.arange(len(quotes)) - first[line_of]) % 2 == 0
    before = buf[quotes - 1]
    before[quotes == 0] = _LF
    after = buf[np.minimum(quotes + 1, len(buf) - 1)]
    after_next = buf[np.minimum(quotes + 2, len(buf) - 1)]
    at_start = (before == separator) | (before == _LF) | (before == _QUOTE)
    at_end = (after == separator) | (after == _LF) | (after == _QUOTE) | ((after == _CR) & (after_next == _LF))
    bad[line_of[np.where(opens, ~at_start, ~at_end)]] = True
    if backslash:
        slashes = np.flatnonzero(buf == _BACKSLASH)
        bad[np.searchsorted(ends, slashes)] = True
    even = ~bad[line_of]
    opening, closing = quotes[even & opens], quotes[even & ~opens]
    inside = np.searchsorted(seps, closing) - np.searchsorted(seps, opening)
    counts = counts - np.bincount(line_of[even & opens], weights=inside, minlength=len(starts)).astype(np.int64)
    return np.asarray(~bad & (counts == width - 1))
