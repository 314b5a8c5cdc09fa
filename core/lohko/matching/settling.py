"""What is settled before matching: answers of earlier runs and of the file that was handed over, and the merges they take back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from lohko.matching.answers import KEPT, Answer, joined, kept_answers, read_answers
from lohko.matching.ledger import in_order, with_row_ids
from lohko.matching.params import DedupeParams
from lohko.matching.parting import parted, torn_customers
from lohko.outcome import Env, Finding


@dataclass(frozen=True, slots=True)
class Settled:
    """Answers, and the register without the merges that they contradict.

    Attributes
    ----------
    tables : the package's tables; customers that answers take apart are the rows again as which they came
    answers : all of them, earlier ones included, sorted
    findings : what is to be said of the file
    """

    tables: Mapping[str, pl.LazyFrame]
    answers: tuple[Answer, ...]
    findings: tuple[Finding, ...]


def settle(tables: Mapping[str, pl.LazyFrame], params: DedupeParams, env: Env) -> Settled:
    """Gather the answers, and take back the merges that they contradict.

    Raises
    ------
    InputRefused
        ``dedupe_answers_unreadable``, ``dedupe_answers_contradict``.
    """
    kept = env.files.get(KEPT)
    if params.answers is None and not kept:
        return Settled(tables, (), ())
    row_ids = with_row_ids(in_order(tables["customers"].collect()))["row_id"]
    walk = tables["crosswalk"].collect() if "crosswalk" in tables else None
    if walk is not None:
        row_ids = pl.concat([row_ids, walk["row_id"]]).unique()
    found: list[Answer] = []
    findings: list[Finding] = []
    if params.answers is not None:
        file = env.given["answers"]
        found, strangers = read_answers(file, row_ids)
        findings.append(Finding("answers_read", {"file": file.name, "count": len(found)}))
        if strangers:
            findings.append(Finding("answers_of_strangers", {"file": file.name, "count": strangers}, "warning"))
    answers = joined(kept_answers(kept, row_ids), found)
    torn = torn_customers(walk, answers) if walk is not None else []
    if torn:
        tables = parted(tables, torn)
        findings.append(Finding("answers_parted", {"count": len(torn)}))
    return Settled(tables, tuple(answers), tuple(findings))
