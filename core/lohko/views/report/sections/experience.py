"""What customers say beside what they are worth: scores, moods, contacts and words, by segment and by class."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np
import polars as pl

from lohko.disclosure import tells, veiled
from lohko.views.experience.answers import YEAR, answers, counted, scales, within
from lohko.views.experience.estimates import DETRACTORS, ENOUGH, PROMOTERS, compared, estimate
from lohko.views.experience.telling import FEWEST, voices
from lohko.views.experience.terms import Corpus, corpus
from lohko.views.report.experience import Contacts, Experience, Measure, Mood, Score, Used, Voice
from lohko.views.report.model import DIMENSIONS, HIDDEN, Ratio
from lohko.views.report.privacy import Group, cells, ratio, veil
from lohko.views.report.sections.numbered import among
from lohko.views.report.sections.sources import Sources, money, payers

MOODS: Final = ("promoter", "passive", "detractor")
_QUOTES: Final = 3
_LONGEST: Final = 240


@dataclass(frozen=True, slots=True)
class _Whole:
    """A way to part customers: the groups in their order, and the group of each customer by number (null: none)."""

    name: str
    groups: tuple[str, ...]
    group: pl.Series

    def parted(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the rows of customers in a group, with ``group``."""
        return rows.with_columns(self.group.gather(rows["customer_id"]).alias("group")).drop_nulls("group")


def experience(sources: Sources, as_of: dt.date, *, quotes: bool = False) -> Experience | None:
    """Sum up the feedback of the year up to ``as_of``; None where the package has none.

    Parameters
    ----------
    quotes : show some texts as they were written
    """
    feedback = sources.tables.get("feedback")
    if feedback is None or sources.population is None or "measure" not in sources.columns("feedback"):
        return None
    first = as_of - dt.timedelta(days=YEAR - 1)
    own = _numbered(sources, feedback)
    given = answers(own, first, as_of, sources.timezone)
    customers = int(sources.speaks_of.sum())
    wholes = _wholes(sources)
    answered = given["customer_id"].n_unique()
    recommending = given.filter(pl.col("measure") == "nps").with_columns(group=_mood())
    moods = _Whole("mood", MOODS, _by_number(sources, recommending, "group"))
    told = within(own, first, as_of, sources.timezone)
    texts = told.select("customer_id", "text").drop_nulls().collect()
    return Experience(
        first=first,
        last=as_of,
        customers=customers,
        answered=answered if tells(answered, customers, sources.k) else HIDDEN,
        measures=_measures(given, wholes, sources.k),
        moods=_moods(sources, recommending, [whole.name for whole in wholes[1:]]),
        contacts=_contacts(told, wholes[0], customers, sources.k),
        voices=_voices(sources, texts, recommending, (moods, wholes[0]), quotes=quotes),
        quoted=quotes,
    )


def _numbered(sources: Sources, feedback: pl.LazyFrame) -> pl.LazyFrame:
    """Return the feedback of the report's customers, each in ``customer_id`` as a number."""
    own = sources.columns("feedback")
    kept = [name for name in ("answered_at", "measure", "score", "text", "touchpoint") if name in own]
    rows = feedback.select("customer_id", *kept).collect()
    rows = rows.with_columns(sources.numbered.of_ids(rows["customer_id"]))
    return rows.filter(among(sources.speaks_of, rows["customer_id"])).lazy()


def _by_number(sources: Sources, rows: pl.DataFrame, column: str) -> pl.Series:
    """Return a column of rows, one a customer, in the order of the numbers; null for those without."""
    place = np.full(len(sources.numbered), rows.height)
    place[rows["customer_id"].to_numpy()] = np.arange(rows.height)
    return rows[column].extend_constant(None, 1).gather(place)


def _wholes(sources: Sources) -> list[_Whole]:
    """Return the segments, then the classes of each dimension that anybody has anything in."""
    segments = sources.segment.set(~sources.speaks_of, None)
    found = [_Whole("segment", tuple(segments.drop_nulls().cast(pl.String).unique().sort()), segments)]
    for name in DIMENSIONS:
        own = sources.levels[name]
        if (own != 0).any():
            found.append(_Whole(name, ("3", "2", "1", "0"), own.cast(pl.String)))
    return found


def _mood() -> pl.Expr:
    score = pl.col("score")
    return (
        pl.when(score >= PROMOTERS)
        .then(pl.lit("promoter"))
        .when(score <= DETRACTORS)
        .then(pl.lit("detractor"))
        .otherwise(pl.lit("passive"))
    )


def _measures(given: pl.DataFrame, wholes: Sequence[_Whole], k: int) -> tuple[Measure, ...]:
    found = []
    for measure, scale in scales().items():
        own = given.filter(pl.col("measure") == measure)
        if own.is_empty():
            continue
        parts: list[Score] = []
        for whole in wholes:
            parts += _scores(measure, scale, whole, own, k)
        (overall,) = _told(measure, scale, "all", {"": counted(own)}, k)
        lowest, highest = (-100.0, 100.0) if measure == "nps" else scale
        found.append(Measure(measure, lowest, highest, overall, tuple(parts)))
    return tuple(found)


def _scores(measure: str, scale: tuple[float, float], whole: _Whole, own: pl.DataFrame, k: int) -> list[Score]:
    parts = {str(name): part for (name,), part in whole.parted(own).group_by("group")}
    groups = {name: counted(parts[name]) if name in parts else {} for name in whole.groups}
    # a segment that is itself small is hidden by having few answers; a group nobody answered in says nothing
    return [score for score in _told(measure, scale, whole.name, groups, k) if score.answers != 0]


def _told(
    measure: str, scale: tuple[float, float], whole: str, groups: Mapping[str, Mapping[float, int]], k: int
) -> list[Score]:
    """Return the groups' scores, with those of few people hidden and those of few answers left open."""
    sizes = [sum(scores.values()) for scores in groups.values()]
    hidden = veiled(sizes, k)
    verdicts = compared(measure, list(groups.values()), scale)
    found = []
    for place, (name, scores) in enumerate(groups.items()):
        told = estimate(measure, scores, scale)
        if hidden[place]:
            found.append(Score(whole, name, HIDDEN, HIDDEN, HIDDEN, HIDDEN))
        elif told is None or told.answers < ENOUGH:
            found.append(Score(whole, name, sizes[place], None, None, None))
        else:
            found.append(Score(whole, name, told.answers, told.value, told.low, told.high, verdicts[place]))
    return found


def _moods(sources: Sources, moods: pl.DataFrame, measured: Sequence[str]) -> tuple[Mood, ...]:
    """Lay the NPS answers beside what those who gave them brought and do."""
    if sources.worth is None or moods.height < ENOUGH:
        return ()
    others = [name for name in ("visits", "social") if name in measured]
    who = moods["customer_id"]
    held = moods.select("group", sources.worth.gather(who), *(sources.levels[name].gather(who) for name in others))
    facts = {
        row["group"]: row
        for row in held.group_by("group")
        .agg(
            pl.len().alias("customers"),
            money("worth").alias("amount"),
            payers("worth").alias("payers"),
            *((pl.col(name) > 0).sum().alias(f"some_{name}") for name in others),
        )
        .to_dicts()
    }
    nobody = {"customers": 0, "amount": Decimal(0), "payers": 0}
    rows = [facts.get(name, nobody) for name in MOODS]
    groups = [
        Group((name,), row["customers"], row["amount"], row["payers"]) for name, row in zip(MOODS, rows, strict=True)
    ]
    shown, _ = cells(groups, sources.k)

    def active(row: Mapping[str, int], dimension: str) -> Ratio:
        some, all_of_them = row.get(f"some_{dimension}"), row["customers"]
        if some is None or not all_of_them:
            return None
        return ratio(some, all_of_them) if tells(some, all_of_them, sources.k) else HIDDEN

    return tuple(
        Mood(name, cell, HIDDEN, HIDDEN)
        if cell.customers is HIDDEN
        else Mood(name, cell, active(row, "visits"), active(row, "social"))
        for name, cell, row in zip(MOODS, shown, rows, strict=True)
    )


def _contacts(feedback: pl.LazyFrame, segments: _Whole, customers: int, k: int) -> tuple[Contacts, ...]:
    """Count the customers who contacted the service, in all and by segment."""
    called = feedback.filter(pl.col("measure") == "contact").select("customer_id").unique().collect()
    if called.is_empty():
        return ()
    sizes = dict(segments.group.drop_nulls().value_counts().rows())
    mine = dict(segments.parted(called).group_by("group").len().rows())
    rows = [(name, int(mine.get(name, 0)), int(sizes[name])) for name in segments.groups]
    flags = veiled([part for _, part, _ in rows], k, [not tells(part, whole, k) for _, part, whole in rows])
    rows = [("", called.height, customers), *rows]
    flags = (not tells(called.height, customers, k), *flags)
    return tuple(
        Contacts(name, HIDDEN, HIDDEN) if hide else Contacts(name, part, ratio(part, whole))
        for (name, part, whole), hide in zip(rows, flags, strict=True)
    )


def _voices(
    sources: Sources, texts: pl.DataFrame, recommending: pl.DataFrame, wholes: Sequence[_Whole], *, quotes: bool
) -> tuple[Voice, ...]:
    """Return the words of each mood (of the answer that set it), then of each segment (of all its feedback)."""
    if texts.is_empty():
        return ()
    written = corpus(texts.join(_languages(sources), on="customer_id", how="left"))
    moods, segments = wholes
    found = _said(moods, written.among(recommending), sources.k, quotes=quotes)
    return (*found, *_said(segments, written, sources.k, quotes=quotes)) if segments.groups else tuple(found)


def _languages(sources: Sources) -> pl.DataFrame:
    """Return each customer's language by number, null where it is not known."""
    register = sources.tables.get("customers")
    if register is None or "language" not in sources.columns("customers"):
        return pl.DataFrame(schema={"customer_id": pl.UInt32, "language": pl.String})
    rows = register.select("customer_id", pl.col("language").cast(pl.String)).drop_nulls().collect()
    rows = rows.with_columns(sources.numbered.of_ids(rows["customer_id"]))
    return rows.group_by("customer_id").agg(pl.col("language").min())


def _said(whole: _Whole, written: Corpus, k: int, *, quotes: bool) -> list[Voice]:
    uses = written.uses
    writers = whole.parted(written.texts.select("customer_id").unique())
    if writers.is_empty():
        return []
    told = {voice.group: voice for voice in voices(uses, writers, max(k, FEWEST))}
    order = [name for name in whole.groups if name in told]
    found = []
    for name, count in zip(order, veil([told[name].writers for name in order], k), strict=True):
        voice = told[name]
        if count is HIDDEN:
            found.append(Voice(whole.name, name, HIDDEN, (), ()))
            continue
        texts = written.texts.join(writers.filter(pl.col("group") == name), on="customer_id", how="semi")
        terms = [term.term for term in (*voice.telling, *voice.common)]
        found.append(
            Voice(
                whole.name,
                name,
                count,
                tuple(Used(written.shown[term.term], term.users) for term in voice.telling),
                tuple(Used(written.shown[term.term], term.users) for term in voice.common),
                _quotes(texts, uses, terms) if quotes else (),
            )
        )
    return found


def _quotes(texts: pl.DataFrame, uses: pl.DataFrame, terms: Sequence[str]) -> tuple[str, ...]:
    """Choose texts of customers who used most of the group's words; the short before the long, then by the alphabet."""
    wanted = uses.filter(pl.col("term").is_in(list(dict.fromkeys(terms)))).group_by("customer_id").len("hits")
    best = (
        texts.join(wanted, on="customer_id", how="left")
        .group_by("text")
        .agg(pl.col("hits").max().fill_null(0))
        .with_columns(length=pl.col("text").str.len_chars())
        .sort(["hits", "length", "text"], descending=[True, False, False])
        .head(_QUOTES)["text"]
    )
    return tuple(text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…" for text in best)
