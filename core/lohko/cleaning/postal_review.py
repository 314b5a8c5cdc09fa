"""Postcodes that only people can settle: the file they get, and the answers they give back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from lohko.cleaning.changes import row_name
from lohko.cleaning.postal_book import PostalBook
from lohko.cleaning.sheets import read_sheet, write_sheet
from lohko.errors import InputRefused, Place
from lohko.outcome import GivenFile

FILE = "postcodes_review.csv"
RULE = "postcode_answered"
REVIEWED = ("place_mismatch", "retired", "ambiguous", "invalid")
MOST_CANDIDATES = 12
_BESIDE = ("street", "postcode", "city", "municipality", "country")
# Answers that say: it is right as it stands.
_KEEP = ("ok", "keep", "oikein", "sailyta", "ratt", "behall")


def review_sheet(frame: pl.DataFrame, candidates: Mapping[int, str], kept: pl.Series) -> tuple[bytes, int]:
    """Return the review file, and how many rows it asks about.

    Parameters
    ----------
    frame : the customers after the check, with ``postcode_status`` and ``__case`` (which verdict each row has)
    candidates : the candidates of a case, worded
    kept : names of rows that people said are right as they stand

    Protected addresses are left out: the file is made to be seen.
    """
    name = row_name(frame.columns)
    asked = pl.col("postcode_status").is_in(REVIEWED) & ~pl.col(name).is_in(kept.implode())
    if "address_status" in frame.columns:
        asked = asked & pl.col("address_status").ne_missing(pl.lit("protected"))
    open_rows = frame.filter(asked)
    columns = list(dict.fromkeys([name, "customer_id", *(c for c in _BESIDE if c in frame.columns)]))
    sheet = open_rows.select(
        *columns,
        "postcode_status",
        candidates=pl.col("__case").replace_strict(candidates, default=None, return_dtype=pl.String),
        answer=pl.lit(None, pl.String),
    ).sort("postcode_status", name)
    return write_sheet(sheet), sheet.height


def worded(codes: tuple[str, ...], book: PostalBook) -> str:
    """Return candidates for the review file: each code with the name it is best known by."""
    shown = [f"{code} {book.titles.get(code, '')}".strip() for code in codes[:MOST_CANDIDATES]]
    more = len(codes) - len(shown)
    return "; ".join([*shown, *([f"… +{more}"] if more > 0 else [])])


@dataclass(frozen=True, slots=True)
class Answers:
    """What people answered.

    Attributes
    ----------
    codes : ``row`` (name of the customer row) and ``answer`` (the code to write)
    kept : names of rows that are right as they stand
    outdated : answers to rows that are gone or have another postcode by now
    """

    codes: pl.DataFrame
    kept: pl.Series
    outdated: int

    @classmethod
    def none(cls) -> Answers:
        """Return no answers."""
        return cls(pl.DataFrame(schema={"row": pl.String, "answer": pl.String}), pl.Series([], dtype=pl.String), 0)


def read_answers(file: GivenFile, customers: pl.DataFrame, book: PostalBook) -> Answers:
    """Match the answers of a review file to the customers as they are now.

    A row is found by its ``row_id``, also where a spreadsheet took its leading zeros; an answer counts where the row still
    has the postcode that was asked about. An answer is a code (``120`` is ``00120``; a candidate with its name behind it
    does as well), or ``ok`` where the code is right as it stands.

    Raises
    ------
    InputRefused
        ``answers_unreadable``: a needed column is missing, a row is answered twice in two ways, or an answer is no code.
    """
    frame = read_sheet(file.data, file.name, "answers_unreadable")
    name = row_name(customers.columns)
    for column in (name, "postcode", "answer"):
        if column not in frame.columns:
            raise InputRefused(
                "answers_unreadable", f"{file.name} has no column {column}", places=(Place(file.name, 1),)
            )
    given = (
        frame.with_row_index("line", offset=2)
        .select("line", row=pl.col(name).str.strip_chars(), postcode=_loose("postcode"), said=pl.col("answer").str.strip_chars())
        .filter(pl.col("said") != "")
        .with_columns(word=pl.col("said").str.to_lowercase().str.normalize("NFKD").str.replace_all(r"\p{M}", ""))
    )  # fmt: skip
    keeps = pl.col("word").is_in(_KEEP)
    first = pl.col("said").str.extract(r"^(?i:FI-|AX-)?(\d[\d ]*)", 1).str.replace_all(" ", "")
    given = given.with_columns(answer=pl.when(keeps).then(pl.lit("")).otherwise(first.str.zfill(5)))
    wrong = given.filter(
        pl.col("answer").is_null() | (~pl.col("answer").is_in(list(book.types)) & (pl.col("answer") != ""))
    )
    if wrong.height:
        raise InputRefused(
            "answers_unreadable",
            f"{file.name}: {wrong.height} answers are neither a postcode in force nor 'ok'",
            places=tuple(Place(file.name, int(line), column_name="answer") for line in wrong["line"][:5]),
            count=wrong.height,
            values=tuple(wrong["said"][:5]),
        )
    twice = given.select("line", "row", "answer").filter(pl.col("answer").n_unique().over("row") > 1)
    if twice.height:
        raise InputRefused(
            "answers_unreadable",
            f"{file.name}: {twice['row'].n_unique()} rows are answered in two ways",
            places=tuple(Place(file.name, int(line)) for line in twice["line"][:5]),
            count=twice.height,
        )
    rows = customers.select(row=name, now=_loose("postcode"))
    loose = rows.with_columns(loose=pl.col("row").str.strip_chars_start("0")).filter(pl.len().over("loose") == 1)
    exact = given.join(rows, on="row", how="inner", nulls_equal=True)
    rest = given.join(rows, on="row", how="anti").with_columns(loose=pl.col("row").str.strip_chars_start("0"))
    found = pl.concat(
        [
            exact.select("row", "now", "postcode", "answer"),
            rest.drop("row").join(loose, on="loose").select("row", "now", "postcode", "answer"),
        ]
    ).unique()
    held = found.filter(
        pl.col("now").eq_missing(pl.col("postcode")) | (pl.col("now") == pl.col("answer").str.strip_chars_start("0"))
    )
    return Answers(
        held.filter(pl.col("answer") != "").select("row", "answer").unique().sort("row"),
        held.filter(pl.col("answer") == "")["row"].unique().sort(),
        given["row"].n_unique() - held["row"].n_unique(),
    )


def _loose(column: str) -> pl.Expr:
    """Return a code as it may come back from a spreadsheet: without spaces, leading zeros and decimals; empty is null."""
    text = pl.col(column).str.replace_all(r"\s", "").str.replace(r"\.0$", "").str.strip_chars_start("0")
    return pl.when(text != "").then(text)
