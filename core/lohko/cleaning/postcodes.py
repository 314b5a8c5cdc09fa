"""The step ``postcodes``: which codes exist, and the repair of those whose repair is sure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import polars as pl

from lohko.cleaning.changes import appended, changed_rows, row_name
from lohko.cleaning.countries import home_country
from lohko.cleaning.frames import in_order, taken
from lohko.cleaning.params import PostcodesParams
from lohko.cleaning.postal_book import PostalBook, embedded, read_book
from lohko.cleaning.postal_cases import Judged, judged
from lohko.cleaning.postal_review import FILE, RULE, Answers, read_answers, review_sheet
from lohko.cleaning.postal_verdict import STATUSES, WRITTEN
from lohko.cleaning.protection import unprotected
from lohko.outcome import Env, Finding, Level, StepResult
from lohko.parameters import Params

STEP = "postcodes"


def postcodes(tables_in: Mapping[str, pl.LazyFrame], params: Params, env: Env) -> StepResult:
    """Check every postcode of ``customers`` and repair those whose repair is sure.

    The country comes first: the row's own; else Finland where code and place name agree; else a neighbour where they do;
    else the country of the phone prefix; else the register's (``home_country``). Then the code is judged on a ladder of
    statuses, of which only ``format_fixed`` and ``repaired_unique`` rewrite the value, and the answers of people; all others
    are reported, and those with something to choose from go to the review file. A second run changes nothing. Customers
    without a column of postcodes stay as they are.

    Returns
    -------
    StepResult with ``customers`` (column ``postcode_status`` added), ``changes`` and the file ``postcodes_review.csv``; figures
    ``status`` (status to count of rows), ``changed``, ``review`` (counts), ``places_agree`` (share of rows with an existing code
    whose place name fits it, None: none to compare), ``place_names`` (what they were relied on for, and why), ``list`` and ``home_country``.
    """
    assert isinstance(params, PostcodesParams)
    frame = taken(tables_in, "customers").collect()
    names = [name for name in frame.columns if name != "postcode_status"]
    checked = "postcode" in names
    if not checked:
        frame = frame.with_columns(postcode=pl.lit(None, pl.String))
    home = home_country(frame, params.country)
    book = read_book(env.given["postcodes"]) if "postcodes" in env.given else embedded()
    answers = (
        read_answers(env.given["postcode_answers"], frame, book) if "postcode_answers" in env.given else Answers.none()
    )
    found = judged(frame, home.code, book, places_right=params.places_right)
    frame = _answered(found.rows, answers, tables_in, book)
    changes = changed_rows(
        frame,
        column="postcode",
        old="__raw",
        rule=pl.col("__rule"),
        confidence=pl.when((pl.col("postcode_status") == "format_fixed") | (pl.col("__rule") == RULE)).then(
            pl.lit(1.0)
        ),
        step=STEP,
    )
    counts = Counter(dict(frame["postcode_status"].value_counts(sort=False).iter_rows()))
    status = {name: counts[name] for name in STATUSES if counts[name]} if checked else {}
    review, asked = review_sheet(unprotected(frame, tables_in), found.candidates, answers.kept)
    return StepResult(
        tables={
            "customers": in_order(frame.select([*names, "postcode_status"] if checked else names)),
            "changes": appended(tables_in, [changes]),
        },
        findings=tuple(_findings(status, asked, found, answers, right=params.places_right))
        if checked
        else (Finding("postcode_no_column", {}),),
        figures={
            "status": status,
            "changed": changes.height,
            "review": asked,
            "places_agree": found.shown.places_agree,
            "place_names": {
                "repair": found.shown.on.repair,
                "overrule": found.shown.on.over_codes,
                "suspect_codes": found.shown.broken,
                "expected_wrong": found.shown.expected_wrong,
            },
            "list": book.source,
            "home_country": {"country": home.code, "shown_by": home.shown_by},
        },
        files={FILE: review},
    )


def _answered(
    frame: pl.DataFrame, answers: Answers, tables_in: Mapping[str, pl.LazyFrame], book: PostalBook
) -> pl.DataFrame:
    """Return the rows with ``postcode``, ``postcode_status`` and ``__rule`` as the verdicts, and before them people, have it."""
    name = row_name(frame.columns)
    earlier = _answered_before(tables_in).rename({"row": name, "answer": "__earlier"})
    said = answers.codes.rename({"row": name, "answer": "__answer"})
    kinds = {code: {"po_box": "valid_po_box", "corporate": "valid_corporate"}.get(kind or "", "valid_other_type")
             for code, kind in book.types.items() if kind not in (None, "normal")}  # fmt: skip
    frame = frame.join(said, on=name, how="left", maintain_order="left").join(
        earlier, on=name, how="left", maintain_order="left"
    )
    stands = pl.col("__answer").is_not_null() | (pl.col("__earlier") == pl.col("__raw")).fill_null(value=False)
    code = pl.coalesce("__answer", "__new", "postcode")
    return frame.with_columns(
        postcode=code,
        postcode_status=pl.when(stands)
        .then(code.replace_strict(kinds, default="valid", return_dtype=pl.String))
        .otherwise("__status"),
        __rule=pl.when(pl.col("__answer").is_not_null()).then(pl.lit(RULE)).otherwise("__rule"),
    )


def _answered_before(tables_in: Mapping[str, pl.LazyFrame]) -> pl.DataFrame:
    """Return the codes that people chose in an earlier run: they hold as long as the row has them."""
    if "changes" not in tables_in:
        return Answers.none().codes
    mine = (pl.col("column") == "postcode") & (pl.col("rule") == RULE)
    return (
        taken(tables_in, "changes").filter(mine).select(row="row_id", answer="new").unique("row", keep="any").collect()
    )


def _findings(status: Mapping[str, int], asked: int, found: Judged, answers: Answers, *, right: bool) -> list[Finding]:
    told = []
    for name in STATUSES:
        if name.startswith("valid") or not status.get(name):
            continue
        level: Level = "info" if name in (*WRITTEN, "foreign") else "warning"
        told.append(Finding(f"postcode_{name}", {"count": status[name]}, level))
    shows = found.shown
    if not shows.on.repair and shows.broken:
        told.append(Finding("postcode_places_doubted", {"count": shows.broken}, "warning"))
    if shows.on.over_codes and not right:
        told.append(Finding("postcode_places_overrule", {"count": shows.broken}))
    if answers.codes.height or answers.kept.len():
        told.append(Finding("postcode_answers_taken", {"count": answers.codes.height + answers.kept.len()}))
    if answers.outdated:
        told.append(Finding("postcode_answers_outdated", {"count": answers.outdated}, "warning"))
    if asked:
        told.append(Finding("postcode_review", {"count": asked}))
    return told
