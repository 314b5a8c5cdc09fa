"""The step ``dedupe``: duplicate customers found, explained and merged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from lohko.matching.answers import KEPT, bind, kept_file
from lohko.matching.coding import repeats
from lohko.matching.discreet import protected_rows
from lohko.matching.ledger import Ledger, crosswalk, open_ledger, surviving_ids
from lohko.matching.linking import beside, of_fresh_rows
from lohko.matching.match import Beforehand, Matched, match
from lohko.matching.outcome import figures_of, findings_of
from lohko.matching.pairs import pairs_table
from lohko.matching.params import DedupeParams
from lohko.matching.repoint import check_free, outdated, repointed
from lohko.matching.review import FILE as REVIEW
from lohko.matching.review import review_file
from lohko.matching.settling import settle
from lohko.matching.survivorship import chosen_rules, merge
from lohko.matching.undo import undo
from lohko.outcome import Account, Env, Finding, StepResult
from lohko.tables.types import schema

if TYPE_CHECKING:
    from lohko.parameters import Params


def dedupe(tables: Mapping[str, pl.LazyFrame], params: Params, env: Env) -> StepResult:
    """Find duplicate customers and merge them.

    Parameters
    ----------
    tables : the package's tables. ``customers`` may repeat a ``customer_id`` (its rows are one customer) and may lack
        ``row_id``. ``crosswalk``, ``originals`` and ``changes`` of an earlier run are continued.
    params : DedupeParams
    env : progress is told while pairs are compared

    Returns
    -------
    StepResult
        ``customers`` (one row each, sorted by id; with ``against`` those of the input alone), ``crosswalk`` (a row for every row that ever came), ``originals``,
        ``pairs``, ``changes``, and every other table in which a customer id changed; the files ``review.csv`` (questions about
        uncertain pairs) and ``answers.csv`` (all answers so far). With ``undo``, the tables as they came before any merge.

    Raises
    ------
    InputRefused
        The answers cannot be read or contradict each other (``dedupe_answers_unreadable``, ``dedupe_answers_contradict``).
    """
    assert isinstance(params, DedupeParams)
    if params.undo:
        return undo(tables)
    check_free(tables)
    came = int(tables["customers"].select(pl.len()).collect().item())
    settled = settle(tables, params, env)
    tables = settled.tables
    ledger = open_ledger(tables)
    rules = chosen_rules(params.survivorship, ledger.current.columns)
    anchors, fresh = None, None
    if params.against is not None:
        ledger, fresh, anchors = beside(ledger, env.others["against"].tables)
    private = protected_rows(ledger.rows, tables)
    before = Beforehand(ledger.rows["together"], bind(settled.answers, ledger.rows), anchors)
    matched = match(ledger.rows.drop("together"), params, before, env.progress)
    survivors = surviving_ids(ledger, pl.Series(matched.clusters))
    walk = crosswalk(ledger.rows, survivors, _probability(matched, ledger), _households(matched, survivors), fresh)
    if fresh is not None:
        matched = of_fresh_rows(matched, fresh)
    pairs = pairs_table(ledger.rows, matched, params)
    questions, asked = review_file(ledger.rows, matched, params, private)
    now = _now(ledger, walk, survivors)
    figures = figures_of(ledger, walk, matched, pairs, now.n_unique())
    figures |= {"questions": asked, "precision": params.precision}
    told = findings_of(matched, figures)
    del matched  # a large register in codes is not needed beside the merged one
    # where a row stood in its file is kept in originals; a customer made of several rows stands nowhere
    merged = merge(ledger.current.drop("line", strict=False), now, _confidence(walk), rules)
    customers = merged.customers if ledger.named_rows else merged.customers.drop("row_id")
    made: dict[str, pl.DataFrame | pl.LazyFrame] = {
        "customers": customers,
        "crosswalk": walk,
        "originals": ledger.originals,
        "pairs": pairs,
        "changes": _changes(tables, merged.changes),
    }
    renamed = _renamed(ledger.rows if fresh is None else ledger.rows.filter(fresh), walk)
    made.update(repointed(tables, renamed))
    gone = outdated(tables) if (renamed["old"] != renamed["new"]).any() else ()
    account = Account(
        rows_in=came,
        derived=ledger.current.height - came,  # rows of customers that answers took apart
        rows_out=customers.height,
        merged=ledger.current.height - customers.height,
    )
    files = {REVIEW: questions, **({KEPT: kept_file(settled.answers)} if settled.answers else {})}
    findings = (
        *settled.findings,
        *([_linked(walk, ledger)] if fresh is not None else []),
        *told,
        *(Finding("conclusions_outdated", {"table": name}, "warning") for name in gone),
    )
    return StepResult(made, findings, figures, {"customers": account}, files, gone)


def _linked(walk: pl.DataFrame, ledger: Ledger) -> Finding:
    """Say how many rows are of customers whom the register knows."""
    known = walk["customer_id"].is_in(ledger.register_ids.implode())
    return Finding(
        "dedupe_linked",
        {
            "rows": int(known.sum()),
            "customers": walk.filter(known)["customer_id"].n_unique(),
            "new": int((~known).sum()),
        },
    )


def _now(ledger: Ledger, walk: pl.DataFrame, survivors: pl.Series) -> pl.Series:
    """Return the surviving id of each current row."""
    if ledger.rows["row_id"].equals(ledger.current["row_id"]):
        return survivors
    joined = ledger.current.select("row_id").join(
        walk.select("row_id", "customer_id"), on="row_id", how="left", maintain_order="left"
    )
    return joined["customer_id"]


def _probability(matched: Matched, ledger: Ledger) -> pl.Series:
    """Return per row the probability of the strongest pair that ties it to its customer; 1 if it is alone or bound by its id."""
    size = ledger.rows.height
    best = np.zeros(size)
    left, right = (matched.pairs >> 32), (matched.pairs & 0xFFFFFFFF)
    inside = matched.clusters[left] == matched.clusters[right]
    np.maximum.at(best, left[inside], matched.same[inside])
    np.maximum.at(best, right[inside], matched.same[inside])
    frame = pl.DataFrame({"cluster": matched.clusters, "source": ledger.rows["customer_id"], "best": best})
    sure = (pl.len().over("cluster") == 1) | (pl.len().over("source") > 1)
    return frame.select(pl.when(sure).then(1.0).otherwise(pl.col("best")).round(6).alias("p"))["p"]


def _households(matched: Matched, survivors: pl.Series) -> pl.Series:
    """Return the household of each row: the smallest surviving id in it."""
    # most households are one customer, and go by its id
    several = np.zeros(len(matched.households), dtype=np.bool_)
    several[matched.households[matched.households != matched.clusters]] = True
    at = np.flatnonzero(several[matched.households])
    frame = pl.DataFrame({"household": matched.households[at], "survivor": survivors[at]})
    return survivors.clone().scatter(at, frame.select(pl.col("survivor").min().over("household"))["survivor"])


def _confidence(walk: pl.DataFrame) -> pl.DataFrame:
    sure: pl.DataFrame = walk.group_by("customer_id").agg(confidence=pl.col("match_probability").min())
    return sure


def _renamed(rows: pl.DataFrame, walk: pl.DataFrame) -> pl.DataFrame:
    """Return ids and what each goes by now: those of the rows as they came, then those of earlier survivors."""
    came = walk.select(old="source_customer_id", new="customer_id")
    if repeats(came["old"]):
        came = came.unique("old", keep="first", maintain_order=True)
    earlier = rows.filter(pl.col("together") != pl.col("customer_id")).select("row_id", old="together")
    if earlier.is_empty():
        return came.sort("old")
    now = earlier.join(walk.select("row_id", new="customer_id"), on="row_id").select("old", "new")
    now = now.unique("old", keep="first", maintain_order=True).join(came, on="old", how="anti")
    renamed: pl.DataFrame = pl.concat([came, now]).sort("old")
    return renamed


def _changes(tables: Mapping[str, pl.LazyFrame], new: pl.DataFrame) -> pl.DataFrame:
    types = schema("changes")
    parts = [new]
    if "changes" in tables:
        before = tables["changes"].collect()
        missing = [pl.lit(None, kind).alias(name) for name, kind in types.items() if name not in before.columns]
        parts.insert(0, before.with_columns(missing).select(list(types)).cast(types))  # type: ignore[arg-type]
    return pl.concat(parts).sort(["table", "row_id", "column", "step", "old", "new", "rule"])
