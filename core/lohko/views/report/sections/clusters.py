"""The segments: size, share, value, share of value, how sure, what marks them, and through what they may be reached."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import polars as pl

from lohko.disclosure import tells, veiled
from lohko.views.report.model import HIDDEN, Choice, Segment, Segments, Shown
from lohko.views.report.privacy import Group, cells, ratio
from lohko.views.report.sections.agreement import crossed
from lohko.views.report.sections.fairness import fairness
from lohko.views.report.sections.sources import Sources, payers
from lohko.views.report.sections.sources import money as total_of

MODEL = "model/model.json"


def segments(sources: Sources) -> Segments | None:
    """Profile the segments, most value first; None where nothing was segmented."""
    assigned = sources.tables.get("segments")
    if assigned is None:
        return None
    facts = _facts(sources, assigned)
    profiles = _profiles(sources)
    model: Mapping[str, Any] = json.loads(sources.files[MODEL]) if MODEL in sources.files else {}
    texts = _texts(model)
    slugs = {fact["segment"] for fact in facts}
    reach = _reach(sources, {fact["segment"]: fact["customers"] for fact in facts})
    people = sum(fact["customers"] for fact in facts)
    shown, rest = cells(
        [Group((fact["segment"],), fact["customers"], fact["amount"], fact["payers"]) for fact in facts], sources.k
    )
    items = []
    for fact, cell in zip(facts, shown, strict=True):
        if cell.customers is HIDDEN:
            continue
        slug = fact["segment"]
        profile = profiles.get(slug, {})
        words = texts.get(slug, {})
        items.append(
            Segment(
                slug=slug,
                name=fact["segment_name"] or slug,
                names=words.get("names", {}),
                customers=fact["customers"],
                share=ratio(fact["customers"], people) or 0.0,
                amount=cell.amount,
                amount_share=cell.amount_share,
                stability=_rounded(profile.get("stability")),
                confidence=_rounded(fact["confidence"]),
                rules=_by_language(profile.get("rule"), words.get("rules", {})),
                hint=profile.get("treatment_hint"),
                goal=profile.get("goal"),
                next_dimension=profile.get("next_dimension"),
                reach=reach.get(slug, {}),
                risk=_rounded(fact["risk"]),
                medians={
                    name.removeprefix("median_"): float(value)
                    for name, value in profile.items()
                    if name.startswith("median_") and value is not None
                },
            )
        )
    without = _without(sources, people)
    return Segments(
        items=tuple(items),
        count=len(facts),
        rest=None if rest is None or rest.customers is HIDDEN else rest,
        without=HIDDEN if 0 < without < sources.k else without,
        choice=_choice(sources),
        apart=tuple(kind for kind in ("new", "inactive") if (model.get(kind) or {}).get("slug") in slugs),
        levels=crossed(sources, [item.slug for item in items]),
        fairness=fairness(
            sources, {slug: dict(text.get("names", {})) for slug, text in texts.items()}, {item.slug for item in items}
        ),
    )


def _choice(sources: Sources) -> Choice | None:
    """Tell why there are this many segments, from the tests of the number that was taken."""
    made = [run.get("step") for run in sources.history if run.get("step") in {"segment", "assign"}]
    if made and made[-1] == "assign":  # the model came from another package: its choice is not in this history
        return None
    figures = sources.figures("segment")
    asked = any(
        run.get("step") == "segment" and (run.get("parameters") or {}).get("k") is not None for run in sources.history
    )
    for candidate in figures.get("candidates") or ():
        if candidate.get("k") == figures.get("k"):
            measures = [candidate.get(name) for name in ("prediction_strength", "jaccard_min", "smallest_share")]
            if any(measure is None for measure in measures):
                return None
            return Choice(candidate["k"], asked, not candidate.get("failed"), *(round(float(m), 4) for m in measures))
    return None


def _facts(sources: Sources, assigned: pl.LazyFrame) -> list[dict[str, Any]]:
    """Return size and money of each segment, most money first; the slug settles ties."""
    own = sources.columns("segments")
    kept = [name for name in ("segment_name", "confidence") if name in own]
    frame = assigned.select("customer_id", "segment", *kept).collect()
    who = sources.numbered.of_ids(frame["customer_id"])
    worth, risk = sources.worth, sources.risk
    frame = frame.with_columns(
        pl.lit(Decimal(0)).alias("worth") if worth is None else worth.gather(who),
        pl.lit(None, pl.Float64).alias("risk") if risk is None or worth is None else risk.gather(who),
        *(pl.col("segment").alias(name) for name in ("segment_name",) if name not in own),
        *(pl.lit(None, pl.Float64).alias(name) for name in ("confidence",) if name not in own),
    )
    return (
        frame.group_by("segment")
        .agg(
            pl.col("segment_name").min(),
            pl.len().alias("customers"),
            total_of("worth").alias("amount"),
            payers("worth").alias("payers"),
            # a median, not a mean: it does not depend on the order in which floats are added
            pl.col("confidence", "risk").median(),
        )
        .sort(["amount", "segment"], descending=[True, False])
        .to_dicts()
    )


def _profiles(sources: Sources) -> dict[str, dict[str, Any]]:
    frame = sources.tables.get("segment_profiles")
    if frame is None:
        return {}
    return {row["segment"]: row for row in frame.collect().to_dicts()}


def _texts(model: Mapping[str, Any]) -> dict[str, dict[str, dict[str, str]]]:
    """Read the segments' names and rules by language from the saved model, as far as it holds them."""
    entries = [*(model.get("segments") or []), model.get("new") or {}, model.get("inactive") or {}]
    return {
        str(entry["slug"]): {
            kind: {str(lang): str(text) for lang, text in texts.items()}
            for kind, key in (("names", "names"), ("rules", "rule"))
            if isinstance(texts := entry.get(key), Mapping)
        }
        for entry in entries
        if "slug" in entry
    }


def _by_language(plain: Any, texts: Mapping[str, str]) -> dict[str, str]:
    found = dict(texts)
    if plain:
        found.setdefault("", str(plain))
    return found


def _reach(sources: Sources, sizes: Mapping[str, int]) -> dict[str, dict[str, Shown]]:
    """Count who may be contacted, by segment and channel."""
    decisions = sources.decisions
    if decisions is None:
        return {}
    reached: dict[tuple[str, str], int] = {}
    for channel, decision, who in zip(decisions["channel"], decisions["decision"], decisions["who"], strict=True):
        for slug, count in sources.segment.gather(who.drop_nulls()).drop_nulls().value_counts().rows():
            reached[slug, channel] = reached.get((slug, channel), 0) + (count if decision == "may" else 0)
    rows = [(*key, count) for key, count in sorted(reached.items())]
    found: dict[str, dict[str, Shown]] = {}
    for channel in dict.fromkeys(row[1] for row in rows):
        column = [(slug, may) for slug, name, may in rows if name == channel]
        # the permissions tell how many a channel reaches in all, the size of a segment how many it does not
        seeds = [not tells(may, sizes[slug], sources.k) for slug, may in column]
        hidden = veiled([may for _, may in column], sources.k, seeds)
        for (slug, may), hide in zip(column, hidden, strict=True):
            found.setdefault(slug, {})[channel] = HIDDEN if hide else may
    return found


def _without(sources: Sources, people: int) -> int:
    """Count the valued customers that no segment holds."""
    value = sources.tables.get("value")
    return max(0, int(value.select(pl.len()).collect().item()) - people) if value is not None else 0


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 4)
