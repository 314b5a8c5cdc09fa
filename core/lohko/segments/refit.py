"""A refit beside an older model: segments that are still the same customers keep their names, and what moved is told."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from lohko.outcome import Finding
from lohko.segments.behaviour import vocabulary
from lohko.segments.clusters import Labels
from lohko.segments.model import Model, SavedSegment

KEPT = 0.5  # Jaccard similarity from which a segment is the old one
_LETTERS = "BCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class Refit:
    """The new model under the names that last, which slug became which, findings, and figures (``previous``)."""

    model: Model
    renamed: dict[str, str]
    findings: tuple[Finding, ...]
    figures: dict[str, Any]


def keep_names(model: Model, labels: Labels, previous: Model, before: Labels) -> Refit:
    """Match the segments of a new model to those of an older one, by the same customers scored with both.

    Pairs are those with the most customers in common in all (Kuhn 1955, Munkres 1957: the Hungarian method). A pair with a Jaccard
    similarity of at least 0.5 is one segment: it keeps slug and names. No other segment takes a name of the older model.

    Parameters
    ----------
    labels, before : each customer's segment in the new and in the older model (its place in ``known``)
    """
    groups, were = len(model.known), len(previous.known)
    table = np.bincount(labels * were + before, minlength=groups * were).reshape(groups, were)
    union = table.sum(axis=1)[:, None] + table.sum(axis=0)[None, :] - table
    likeness = np.round(table / np.maximum(union, 1), 6)
    rows, columns = linear_sum_assignment(-table[: model.k, : previous.k])
    pairs = {int(new): int(old) for new, old in zip(rows, columns, strict=True) if table[new, old]}
    kept = {new: old for new, old in pairs.items() if likeness[new, old] >= KEPT}
    taken = {segment.slug for segment in previous.segments} | {
        s.slug for s in (*previous.known[previous.k :], *model.known[model.k :])
    }
    segments: list[SavedSegment] = []
    for new, segment in enumerate(model.segments):
        if new in kept:
            old = previous.segments[kept[new]]
            segments.append(dataclasses.replace(segment, slug=old.slug, names=old.names))
            continue
        segments.append(_fresh(segment, taken))
        taken.add(segments[-1].slug)
    matches = [
        {
            "segment": segments[new].slug,
            "was": previous.segments[pairs[new]].slug if new in pairs else None,
            "jaccard": float(likeness[new, pairs[new]]) if new in pairs else 0.0,
            "kept": new in kept,
        }
        for new in range(model.k)
    ]
    gone = [s.slug for old, s in enumerate(previous.segments) if old not in kept.values()]
    stayed = sum(int(table[new, old]) for new, old in kept.items()) + int(table[-1, -1])
    stayed += int(table[model.k, previous.k]) if model.new and previous.new else 0
    moved = round(1 - stayed / max(len(labels), 1), 6) + 0.0
    data = {"kept": len(kept), "segments": model.k, "trained": previous.as_of.isoformat(), "moved": f"{moved:.1%}"}
    findings = [Finding("segments_matched", data)]
    if gone:
        findings.append(Finding("segments_gone", {"segments": ", ".join(gone)}, "warning"))
    renamed = {a.slug: b.slug for a, b in zip(model.segments, segments, strict=True)}
    told = {"as_of": previous.as_of.isoformat(), "matches": matches, "gone": gone, "moved": moved}
    return Refit(dataclasses.replace(model, segments=tuple(segments)), renamed, tuple(findings), {"previous": told})


def _fresh(segment: SavedSegment, taken: set[str]) -> SavedSegment:
    """Return the segment under a name that neither model uses: its own, else with a letter behind it."""
    if segment.slug not in taken:
        return segment
    words = vocabulary("names")["compared"]["group"]["more"]
    letter = next(x for x in _LETTERS if f"{segment.slug}-group-{x.lower()}" not in taken)
    names = {lang: f"{name}, {words[lang].format(letter=letter)}" for lang, name in segment.names.items()}
    return dataclasses.replace(segment, slug=f"{segment.slug}-group-{letter.lower()}", names=names)
