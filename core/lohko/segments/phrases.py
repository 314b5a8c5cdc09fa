"""Puts the branches of a rule into a sentence, in English, Finnish or Swedish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor, isinf

from lohko.segments.behaviour import vocabulary

NEVER = 1e9  # days since what never happened

Box = Mapping[str, tuple[float, float]]  # feature → (more than, at most)


def sentence(boxes: Sequence[Box], whole: Mapping[str, bool], language: str, covers: float, right: float) -> str:
    """Return the sentence for branches joined by "or", with what they cover and how often they are right.

    Parameters
    ----------
    boxes : branches
    whole : by feature, whether it counts in whole numbers; said in this order
    covers, right : shares, 0 to 1
    """
    words = vocabulary("rules")["join"][language]
    branches = []
    order = list(whole)
    for box in boxes:
        features = sorted(box, key=order.index)
        parts = [phrase(f, *box[f], whole=whole[f], language=language) for f in features]
        first = words["comma"].join(parts[:-1])
        branches.append(words["and"].join([first, parts[-1]] if first else parts))
    tail = words["tail"].format(covers=round(100 * covers), right=round(100 * right))
    return str(words["or"].join(branches) + tail)


def phrase(feature: str, above: float, up_to: float, *, whole: bool, language: str) -> str:
    """Say that a feature is more than ``above`` and at most ``up_to``; either may be infinite."""
    words = vocabulary("features").get(feature, vocabulary("rules")["other"])[language]
    low = above + 1 if whole else above
    if NEVER / 2 in {above, up_to}:
        return str(
            words["never"]
            if above == NEVER / 2
            else words["ever"]
            if isinf(above)
            else _at_least(words, low, feature, language)
        )
    if isinf(above):
        special = {0.0: "none", 1.0: "once"}.get(up_to) if whole else None
        key = special if special in words else "most"
        return str(words[key].format(x=number(up_to, language), feature=feature))
    if isinf(up_to):
        if whole and low == 1 and "some" in words:
            return str(words["some"])
        if "or_never" in words:
            return str(words["or_never"].format(before=number(above, language)))
        return _at_least(words, low, feature, language)
    if low == up_to and "exactly" in words:
        return str(words["exactly"].format(x=number(low, language)))
    return str(words["between"].format(x=number(low, language), y=number(up_to, language), feature=feature))


def _at_least(words: Mapping[str, str], low: float, feature: str, language: str) -> str:
    return words["least"].format(x=number(low, language), feature=feature)


def number(x: float, language: str) -> str:
    """Write a number to three digits (whole ones in full), with the language's marks."""
    marks = vocabulary("rules")["join"][language]
    text = f"{x:,.0f}" if x == floor(x) or abs(x) >= 1_000 else f"{x:,.3g}"
    return text.translate(str.maketrans({",": marks["thousands"], ".": marks["decimal"]}))
