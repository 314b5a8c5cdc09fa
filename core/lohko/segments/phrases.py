"""Puts the branches of a rule into a sentence, in English, Finnish or Swedish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor, isinf

from lohko.segments.behaviour import vocabulary

TENDENCY = 0.8  # a rule right for fewer of those it fits is told as a tendency
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
    return str((words["tendency"] if right < TENDENCY else "") + words["or"].join(branches) + tail)


def phrase(feature: str, above: float, up_to: float, *, whole: bool, language: str) -> str:
    """Say that a feature is more than ``above`` and at most ``up_to``; either may be infinite."""
    entry = vocabulary("features").get(feature, vocabulary("rules")["other"])
    words: Mapping[str, str] = entry[language]
    low = above + 1 if whole else above

    def say(key: str, x: float = 0.0, y: float = 0.0) -> str:
        low_text, high_text = (number(bound, language, money="money" in entry) for bound in (x, y))
        return words[key].format(x=low_text, y=high_text, before=low_text, feature=feature)

    if NEVER / 2 in {above, up_to}:
        return say("never") if above == NEVER / 2 else say("ever") if isinf(above) else say("least", low)
    if isinf(above):
        special = {0.0: "none", 1.0: "once"}.get(up_to, "most") if whole else "most"
        return say(special if special in words else "most", up_to)
    if isinf(up_to):
        if whole and low == 1 and "some" in words:
            return say("some")
        return say("or_never", above) if "or_never" in words else say("least", low)
    return say("exactly", low) if low == up_to and "exactly" in words else say("between", low, up_to)


def number(x: float, language: str, *, money: bool = False) -> str:
    """Write a number to three digits (whole ones in full), with the language's marks; money with its cents in full."""
    marks = vocabulary("rules")["join"][language]
    text = f"{x:,.0f}" if x == floor(x) or abs(x) >= 1_000 else f"{x:,.3g}"
    if money and "." in text and x == round(x, 2):
        text = f"{x:,.2f}"
    return text.translate(str.maketrans({",": marks["thousands"], ".": marks["decimal"]}))
