"""What people answered about pairs of rows: read from a review file, checked, kept in the package."""

from __future__ import annotations

import csv
import hashlib
import io
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from lohko.errors import InputRefused, Place
from lohko.matching.blocking import Pairs
from lohko.matching.settings import review_words
from lohko.outcome import GivenFile
from lohko.package.spreadsheet import restored

KEPT = "answers.csv"
_KEYS = ("left_row_id", "right_row_id", "answer")
_DELIMITERS = (";", ",", "\t")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: the rows (the smaller row id left), whether they are one customer, and where it was read."""

    left: str
    right: str
    same: bool
    place: Place


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Answers bound to the rows of a register, as packed pairs, sorted: one customer, two customers."""

    same: Pairs
    different: Pairs

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.same) + len(self.different)


NONE = Verdicts(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))


def question_of(left: str, right: str) -> str:
    """Return the mark of a pair: it shows whether a spreadsheet changed the row ids beside it (007 to 7)."""
    return "Q" + hashlib.sha256(f"{left}\x1f{right}".encode()).hexdigest()[:10].upper()


def read_answers(file: GivenFile, row_ids: pl.Series) -> tuple[list[Answer], int]:
    """Read a review file that was filled in, in any form a spreadsheet saves CSV in, or as a workbook.

    Parameters
    ----------
    file : comma, semicolon or tab; UTF-8, UTF-16 or cp1252; .xlsx
    row_ids : of the register

    Returns
    -------
    tuple
        The answers, and how many speak of rows that are not there.

    Raises
    ------
    InputRefused
        ``dedupe_answers_unreadable``: no such columns, or a word that is no answer.
    """
    lines = _lines(file)
    head, columns = next(
        ((n, named) for n, (_, cells) in enumerate(lines[:5]) if (named := _columns(cells))), (0, None)
    )
    if columns is None:
        raise InputRefused(
            "dedupe_answers_unreadable",
            f"{file.name} lacks a column for the answer or for the two row ids",
            places=(Place(file.name, 1),),
        )
    known = set(row_ids)
    shortened = _shortened(row_ids)
    found, strangers, wrong = [], 0, []
    for line, cells in lines[head + 1 :]:
        row = {name: restored(cells[at].strip()) if at < len(cells) else "" for name, at in columns.items()}
        same = _meaning(row["answer"])
        if same is None:
            if row["answer"] and row["answer"].casefold() not in review_words()["answers"]["unsure"]:
                wrong.append((Place(file.name, line), row["answer"]))
            continue
        pair = _pair(row, known, shortened)
        if pair is None:
            strangers += 1
        else:
            found.append(Answer(*pair, same, Place(file.name, line)))
    if wrong:
        raise InputRefused(
            "dedupe_answers_unreadable",
            f"{file.name}: {len(wrong)} answers are neither yes nor no",
            places=tuple(place for place, _ in wrong),
            values=tuple(word for _, word in wrong),
        )
    return found, strangers


def kept_answers(data: bytes | None, row_ids: pl.Series) -> list[Answer]:
    """Return the answers of earlier runs that still speak of rows of the register."""
    if not data:
        return []
    known = set(row_ids)
    rows = csv.DictReader(io.StringIO(data.decode("utf-8"), newline=""))
    return [
        Answer(row["left_row_id"], row["right_row_id"], row["answer"] == "same", Place(KEPT, line))
        for line, row in enumerate(rows, 2)
        if row["left_row_id"] in known and row["right_row_id"] in known
    ]


def joined(earlier: Iterable[Answer], later: Sequence[Answer]) -> list[Answer]:
    """Return all answers, sorted; a later one about a pair takes an earlier one's place.

    Raises
    ------
    InputRefused
        The later ones answer one pair in two ways (``dedupe_answers_contradict``).
    """
    said: dict[tuple[str, str], Answer] = {}
    for answer in later:
        before = said.setdefault((answer.left, answer.right), answer)
        if before.same != answer.same:
            raise InputRefused(
                "dedupe_answers_contradict", "one pair is answered in two ways", places=(before.place, answer.place)
            )
    both = {(answer.left, answer.right): answer for answer in earlier} | said
    return [both[pair] for pair in sorted(both)]


def kept_file(answers: Iterable[Answer]) -> bytes:
    """Return the file in which answers live on in a package."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(_KEYS)
    writer.writerows((a.left, a.right, "same" if a.same else "different") for a in answers)
    return buffer.getvalue().encode("utf-8")


def bind(answers: Sequence[Answer], rows: pl.DataFrame) -> Verdicts:
    """Bind answers to the rows of a register (``row_id``, ``customer_id`` as they came).

    Raises
    ------
    InputRefused
        Two rows are said to be different, and other answers or their common customer id make them one
        (``dedupe_answers_contradict``).
    """
    if not answers:
        return NONE
    at = {name: place for place, name in enumerate(rows["row_id"])}
    pairs = [(min(at[a.left], at[a.right]), max(at[a.left], at[a.right]), a) for a in answers]
    group = grouped(rows["customer_id"].to_list(), [(one, other) for one, other, a in pairs if a.same])
    torn = [a for one, other, a in pairs if not a.same and group[one] == group[other]]
    if torn:
        raise InputRefused(
            "dedupe_answers_contradict",
            f"{len(torn)} pairs are answered as two customers, and are one by other answers or by their customer id",
            places=tuple(a.place for a in torn),
            count=len(torn),
        )
    packed = {same: sorted(one << 32 | other for one, other, a in pairs if a.same is same) for same in (True, False)}
    return Verdicts(np.array(packed[True], dtype=np.int64), np.array(packed[False], dtype=np.int64))


def grouped(keys: Sequence[str], links: Iterable[tuple[int, int]]) -> list[int]:
    """Return for each row the first row of its group: rows of one key are one, and so are linked rows."""
    owner = list(range(len(keys)))

    def root(row: int) -> int:
        while owner[row] != row:
            owner[row] = owner[owner[row]]
            row = owner[row]
        return row

    first: dict[str, int] = {}
    for row, key in enumerate(keys):
        owner[row] = first.setdefault(key, row)
    for one, other in links:
        low, high = sorted((root(one), root(other)))
        owner[high] = low
    return [root(row) for row in range(len(keys))]


def _lines(file: GivenFile) -> list[tuple[int, list[str]]]:
    """Return the lines of a review file: number, cells."""
    if file.data.startswith(b"PK\x03\x04"):
        try:
            sheet = pl.read_excel(io.BytesIO(file.data), has_header=False, infer_schema_length=0)
        except Exception as error:
            raise InputRefused("dedupe_answers_unreadable", f"{file.name} is a workbook that cannot be read") from error
        return [(n, ["" if cell is None else str(cell) for cell in row]) for n, row in enumerate(sheet.rows(), 1)]
    text = _decoded(file.data)
    start = text[:5].casefold() == "sep=" + text[4:5] and len(text) > 4
    body = text.partition("\n")[2] if start else text
    head = body.partition("\n")[0]
    delimiter = text[4] if start else max(_DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=delimiter)
    try:
        return [(reader.line_num + int(start), cells) for cells in reader]
    except csv.Error as error:
        raise InputRefused("dedupe_answers_unreadable", f"{file.name} is not a table of cells") from error


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _columns(cells: Sequence[str]) -> dict[str, int] | None:
    """Return where the columns stand, if this line names them, in whichever language."""
    titles = [cell.strip().casefold() for cell in cells]
    wanted = {"answer": ["answer"], "question": [], "left": ["left_row_id"], "right": ["right_row_id"]}
    for names in review_words()["columns"].values():
        wanted["answer"].append(names["answer"].casefold())
        wanted["question"].append(names["question"].casefold())
        wanted["left"].append(names["left"].format(column="row_id").casefold())
        wanted["right"].append(names["right"].format(column="row_id").casefold())
    found = {key: titles.index(name) for key, names in wanted.items() for name in names if name in titles}
    return found if {"answer", "left", "right"} <= set(found) else None


def _meaning(word: str) -> bool | None:
    words = review_words()["answers"]
    folded = word.casefold().strip(" .!")
    return True if folded in words["same"] else False if folded in words["different"] else None


def _shortened(row_ids: pl.Series) -> dict[str, list[str]]:
    """Return row ids by what a spreadsheet leaves of them when it takes them for numbers."""
    found: dict[str, list[str]] = defaultdict(list)
    for name in row_ids:
        found[name.lstrip("0")].append(name)
    return found


def _pair(row: dict[str, str], known: set[str], shortened: dict[str, list[str]]) -> tuple[str, str] | None:
    """Return the two rows meant (the smaller id first); where a spreadsheet changed an id, the question's mark finds it."""
    mark = row.get("question", "")
    as_written = (min(row["left"], row["right"]), max(row["left"], row["right"]))
    if known.issuperset(as_written) and as_written[0] != as_written[1] and mark in {"", question_of(*as_written)}:
        return as_written
    wider = [
        (min(left, right), max(left, right))
        for left in shortened.get(row["left"].lstrip("0"), [])
        for right in shortened.get(row["right"].lstrip("0"), [])
    ]
    return next((pair for pair in wider if mark and question_of(*pair) == mark), None)
