"""Which delimiter, which quoting, and where the header stands: by evidence over the sample, not from the first line."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lohko.errors import InputRefused, Place
from lohko.reading.records import Form, Record, assemble, split

DELIMITERS = (";", ",", "\t", "|")
DELIMITER_NAMES = {";": "semicolon", ",": "comma", "\t": "tab", "|": "vertical bar"}
_MAX_PREAMBLE = 30
_SEP_LINE = re.compile(r'"?sep=(?P<sign>.)"?\s*', re.IGNORECASE | re.DOTALL)
_DATA = re.compile(r"[-+\u2212]?[\d\s.,:/€$%-]*\d[\d\s.,:/€$%-]*|[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text file is written.

    Attributes
    ----------
    form : delimiter and quoting
    header : the names in the header line, surrounding space taken off
    header_line : physical line of the header (from 1)
    data_line : physical line of the first record (from 1)
    extra : how many empty fields rows have at their end beyond the header's names
    preamble : lines before the header that were passed over
    """

    form: Form
    header: tuple[str, ...]
    header_line: int
    data_line: int
    extra: int = 0
    preamble: int = 0

    @property
    def width(self) -> int:
        """Fields in a row."""
        return len(self.header) + self.extra


def find_dialect(
    lines: Sequence[str],
    name: str,
    *,
    whole: bool,
    delimiter: str | None = None,
    recognise: Callable[[Sequence[str]], int] = lambda names: 0,  # noqa: ARG005
) -> Dialect:
    """Find delimiter, quoting and header from the first lines of a file (without their line ends).

    Parameters
    ----------
    lines : the first physical lines; ``whole``: there are no others
    delimiter : the delimiter, where the user said it
    recognise : how many of some names are known column names; it breaks ties and finds the header under a title

    Raises
    ------
    InputRefused
        No header (``header_missing``), or one with doubled names (``header_duplicate``).
    """
    skipped = 0
    if lines and (hit := _SEP_LINE.fullmatch(lines[0].removeprefix("\ufeff"))):
        delimiter = delimiter or hit["sign"]
        skipped = 1
    body = lines[skipped:]
    if not any(line.strip() for line in body):
        raise InputRefused("file_empty", f"{name} holds no rows, not even a header", places=(Place(name),))
    signs = (delimiter,) if delimiter else DELIMITERS
    best: tuple[tuple[float, ...], Form, int] | None = None
    for sign in signs:
        form = Form(sign, backslash=_backslashed(body, sign))
        row, known = _header_row(body, form, recognise)
        share, width = _steadiness(body[row:], form, whole=whole)
        score = (float(known > 0 and width > 1), share if width > 1 else 0.0, float(known), float(width))
        if best is None or score > best[0]:
            best = score, form, row
    assert best is not None
    _, form, row = best
    return _with_header(body, form, row, Place(name, row + skipped + 1), recognise)


def looks_like_table(
    lines: Sequence[str],
    *,
    whole: bool,
    recognise: Callable[[Sequence[str]], int] = lambda names: 0,  # noqa: ARG005
) -> bool:
    """Tell a table from prose: it has names that are known, rows without a header, or the same count of fields throughout."""
    try:
        dialect = find_dialect(lines, "", whole=whole, recognise=recognise)
    except InputRefused as error:
        return error.code != "file_empty"
    rows = [line for line in lines[dialect.header_line - 1 :] if line.strip()]
    known = recognise(dialect.header)
    share, width = _steadiness(rows, dialect.form, whole=whole)
    few = 3 if dialect.form.delimiter == "," else 1  # commas stand in prose, too
    return known > 1 or (known == 1 and len(dialect.header) == 1) or (share == 1 and width > 1 and len(rows) > few)


def _backslashed(lines: Sequence[str], sign: str) -> bool:
    """Tell whether quotes within quotes stand after a backslash: more of those than of doubled ones, and not at a field's end."""
    text = "\n".join(lines[:5000])
    escaped = len(re.findall(rf'\\"(?!{re.escape(sign)}|\n|$)', text))
    doubled = len(re.findall(rf'(?<![{re.escape(sign)}\n])""(?!{re.escape(sign)}|\n|$)', text))
    return escaped > doubled


def records_of(lines: Sequence[str], form: Form) -> list[list[str]]:
    """Split sample lines into records without knowing how many fields they have; faulty lines are left out."""
    found: list[list[str]] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        if '"' not in line:
            found.append(line.split(form.delimiter))
            at += 1
            continue
        fields, fault = split(line, form)
        used = 1
        if fault == "open_quote":
            text = line
            for more in lines[at + 1 : at + 50]:
                text += "\n" + more
                used += 1
                if '"' in more:
                    fields, fault = split(text, form)
                    if fault != "open_quote":
                        break
        if fault is None:
            found.append(fields)
            at += used
        else:
            at += 1
    return found


def _steadiness(lines: Sequence[str], form: Form, *, whole: bool) -> tuple[float, int]:
    """Return the share of records that have the commonest count of fields, and that count."""
    sample = list(lines[:2000])
    if not whole and len(sample) > 1 and len(sample) == len(lines):
        sample = sample[:-1]
    counts = Counter(len(r) for r in records_of([line for line in sample if line.strip()], form))
    if not counts:
        return 0.0, 1
    width, times = max(counts.items(), key=lambda item: (item[1], item[0]))
    return times / counts.total(), width


def _header_row(lines: Sequence[str], form: Form, recognise: Callable[[Sequence[str]], int]) -> tuple[int, int]:
    """Return the index of the line that is most likely the header, and how many of its names are known."""
    body = [len(r) for r in records_of([line for line in lines[:200] if line.strip()], form)]
    width = Counter(body).most_common(1)[0][0] if body else 1
    first_wide: int | None = None
    best = (0, 0)
    for index, line in enumerate(lines[:_MAX_PREAMBLE]):
        fields, fault = split(line, form)
        if fault == "open_quote" and index == 0:  # perhaps a line end in a name, as spreadsheets have
            fields, fault = split("\n".join(lines[: _last_of_quoted(lines, form)]), form)
        if fault is not None or not line.strip():
            continue
        names = [clean_name(f) for f in fields]
        known = recognise(names)
        if known > best[1] and (len(names) > 1 or index == 0):
            best = (index, known)
        if first_wide is None and len(names) >= max(width - 1, 1) and sum(1 for n in names if n) >= max(1, width // 2):
            first_wide = index
    if best[1] >= 1:
        return best
    return (first_wide or 0), 0


def _last_of_quoted(lines: Sequence[str], form: Form) -> int:
    """Return how many lines the record takes that begins with the first and has line ends in quotes; 1 where it does not end."""
    return next((n for n in range(2, min(len(lines), 20) + 1) if split("\n".join(lines[:n]), form)[1] is None), 1)


def _with_header(
    body: Sequence[str],
    form: Form,
    row: int,
    place: Place,
    recognise: Callable[[Sequence[str]], int],
) -> Dialect:
    skipped = (place.line or 1) - row - 1
    fields, fault = split(body[row], form)
    used = 1
    if fault == "open_quote":  # a header with a line end in a name
        record: Record | None = None
        for width in range(1, 200):
            record = assemble(body[row : row + 20], width, form, last=True)
            if record is not None and record.fault is None:
                fields, fault, used = list(record.fields), None, record.lines
                break
    if fault is not None:
        raise InputRefused("header_missing", f"{place.file}: the header line has an open quote", places=(place,))
    header = [clean_name(f) for f in fields]
    following = records_of([line for line in body[row + used : row + used + 500] if line.strip()], form)
    widths = Counter(len(r) for r in following)

    def empty_from(start: int) -> bool:
        return all(not cell.strip() for record in following for cell in record[start:])

    while len(header) > 1 and not header[-1] and empty_from(len(header) - 1):
        header.pop()
    common = widths.most_common(1)[0][0] if widths else len(header)
    extra = common - len(header) if common > len(header) and empty_from(len(header)) else 0
    _check(header, place, known=recognise(header))
    start = row + used
    preamble = sum(1 for line in itertools.islice(body, row) if line.strip())
    return Dialect(form, tuple(header), row + skipped + 1, start + skipped + 1, extra, preamble)


def clean_name(text: str) -> str:
    """Take the marks and spaces around a header name off, and make the spaces within it plain."""
    return re.sub(r"[\s\u00a0\u202f\u200b\ufeff]+", " ", text).strip()


def _check(header: Sequence[str], place: Place, *, known: int) -> None:
    filled = [h for h in header if h]
    looks = sum(1 for h in filled if _DATA.fullmatch(h))
    if not filled or (known == 0 and looks >= max(1, len(filled) / 4)) or looks > len(filled) / 2:
        raise InputRefused(
            "header_missing", f"{place.file} has no header: its first row looks like data", places=(place,)
        )
    seen: dict[str, int] = {}
    for number, title in enumerate(header, 1):
        if title and title.casefold() in seen:
            first = seen[title.casefold()]
            raise InputRefused(
                "header_duplicate",
                f"{place.file}: columns {first} and {number} have the same name '{title}'",
                places=(
                    Place(place.file, place.line, first, title),
                    Place(place.file, place.line, number, title),
                ),
            )
        seen[title.casefold()] = number
