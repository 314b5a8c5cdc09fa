"""What did not fit: ``rejects.csv`` with file, physical line, record, column, code, reason and the raw line."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from lohko.codes import registry
from lohko.reading.judging import DROPPED
from lohko.reading.passes import SOURCE, STATUS, TIME, Part
from lohko.reading.textfile import RECORD, TextFile

HEADER = ("file", "line", "record", "column", "code", "reason", "raw")
_OFTEN = 10
_ACTIVE = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class Fault:
    """One line of ``rejects.csv``, its raw text aside."""

    line: int
    span: int
    record: int | None
    column: str
    code: str
    source: str | None
    month: str | None


class RejectsFile:
    """Writes ``rejects.csv`` file by file, and counts what it writes by code, by column, by source and by month."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.by_code: Counter[tuple[str, str]] = Counter()  # (table, code)
        self.by_column: Counter[tuple[str, str, str]] = Counter()  # (table, column, code)
        self.by_source: Counter[tuple[str, str]] = Counter()  # (table, source)
        self.by_month: Counter[tuple[str, str, str]] = Counter()  # (table, source, month), where a row has a time
        self._begun = False

    def add(self, file: TextFile, part: Part) -> None:
        """Write the faults of one file."""
        faults = sorted(_faults(file, part), key=lambda f: (f.line, f.column))
        if not faults:
            return
        raw = _raw_lines(file.text, faults) if file.text is not None else iter([""] * len(faults))
        with self.path.open("a" if self._begun else "w", encoding="utf-8", newline="") as target:
            writer = csv.writer(target, lineterminator="\n")
            if not self._begun:
                writer.writerow(HEADER)
            for fault, line in zip(faults, raw, strict=True):
                reason = registry()[fault.code].title
                writer.writerow((file.name, fault.line, fault.record, fault.column, fault.code, reason, inert(line)))
        self._begun = True
        known = _sources(part)
        for fault in faults:
            self.by_code[file.table, fault.code] += 1
            self.by_column[file.table, fault.column, fault.code] += 1
            named = fault.source if fault.source in known else None
            source = named or file.source or file.name
            self.by_source[file.table, source] += 1
            if fault.month is not None:
                self.by_month[file.table, source, fault.month] += 1

    def figures(self) -> dict[str, Any]:
        """Return the counts as plain JSON values."""
        return {
            "by_code": [{"table": t, "code": c, "count": n} for (t, c), n in sorted(self.by_code.items())],
            "by_column": [
                {"table": t, "column": k, "code": c, "count": n} for (t, k, c), n in sorted(self.by_column.items())
            ],
            "by_source": [{"table": t, "source": s, "count": n} for (t, s), n in sorted(self.by_source.items())],
            "by_month": [
                {"table": t, "source": s, "month": m, "count": n} for (t, s, m), n in sorted(self.by_month.items())
            ],
        }

    def written(self) -> Path | None:
        """Return where the file lies, or None if nothing was rejected."""
        return self.path if self._begun else None


def inert(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet would take for a formula."""
    return "'" + text if text.startswith(_ACTIVE) else text


def _sources(part: Part) -> set[str]:
    """Return the sources that good rows name often; in a shifted row a customer's data may stand in that column."""
    good = pl.scan_parquet(part.path, glob=False)
    if "source" not in good.collect_schema():
        return set()
    often = good.group_by("source").len().filter(pl.col("len") >= _OFTEN)
    return set(often.select("source").collect().to_series().drop_nulls().to_list())


def _faults(file: TextFile, part: Part) -> Iterator[Fault]:
    gate = file.gate
    broken = np.array([line for line, _, _ in gate.faults], dtype=np.int64)
    for number, (line, records, why) in enumerate(gate.faults):
        yield Fault(line, 1, records + number + 1, "", why, None, None)
    found = pl.read_parquet(part.faults)
    if found.is_empty():
        return
    lines = gate.line_of(found[RECORD].to_numpy())
    before = np.searchsorted(broken, lines)
    sources, months = found[SOURCE].to_list(), found[TIME].to_list()
    flags = {name: found[f"__f_{name}"].to_list() for name in part.soft}
    for index, (record, status) in enumerate(zip(found[RECORD].to_list(), found[STATUS].to_list(), strict=True)):
        place = (int(lines[index]), gate.span_of(record), record + int(before[index]) + 1)
        if status:
            outcome = part.outcomes[status - 1]
            if outcome.code not in DROPPED:
                column = file.theirs(outcome.column) if outcome.column else ""
                yield Fault(*place, column, outcome.code, sources[index], months[index])
            continue
        for name, code in part.soft.items():
            if flags[name][index]:
                yield Fault(*place, file.theirs(name), code, sources[index], months[index])


def _raw_lines(path: Path, faults: Sequence[Fault]) -> Iterator[str]:
    """Return the raw lines of faults in ascending order of line."""
    with path.open("rb") as file:
        numbered: Iterable[tuple[int, bytes]] = enumerate(file, 1)
        walk = iter(numbered)
        held: list[bytes] = []
        begin = 0
        for fault in faults:
            if fault.line != begin:
                held = []
                begin = fault.line
                for number, line in walk:
                    if number == fault.line:
                        held.append(line)
                        break
            while len(held) < fault.span:
                following = next(walk, None)
                if following is None:
                    break
                held.append(following[1])
            yield b"".join(held[: fault.span]).decode("utf-8", "replace").rstrip("\r\n")
