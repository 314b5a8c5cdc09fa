"""Two rows explained: a bar for each field's weight, and in words what came of it."""

from __future__ import annotations

import sys
import textwrap
from typing import TYPE_CHECKING

from rich.text import Text

from lohko_cli.view.charts import bar
from lohko_cli.view.console import make_console
from lohko_cli.view.tables import clean, table

if TYPE_CHECKING:
    from rich.console import Console

    from lohko.matching.explain import Explanation
    from lohko.matching.paths import Link

_READABLE = 100
_HALF = 16  # the longest bar to either side, in characters
_SHORTEST = 8
_NARROW = 72
_MISSING = "missing"
_VERDICT = {
    "match": "one customer by their own evidence",
    "review": "too alike to be told apart, too unlike to be merged: a person should decide",
    "no": "two customers by their own evidence",
}


def show_why(told: Explanation, *, show_values: bool) -> None:
    """Show why two rows are, or are not, one customer: drawn on a terminal, tab-separated lines elsewhere."""
    console = make_console(stderr=False)
    if console.is_terminal:
        _draw(told, console, show_values=show_values)
        return
    for line in _plain(told, show_values=show_values):
        sys.stdout.write("\t".join(clean(cell) for cell in line) + "\n")  # rich would turn tabs into blanks


def _rows(told: Explanation) -> list[tuple[str, str, float]]:
    """Return what adds up to the odds: name, level in words, bits."""
    rows = [("(before looking)", "any two rows", told.prior)]
    rows += [(r.field, _grouped(r.level), r.weight) for r in told.fields if r.level != _MISSING]
    if abs(told.household) >= 0.005:
        rows.append(("(household)", "two people of one household", told.household))
    return rows


def _grouped(level: str) -> str:
    """Return a level of several parts with the parts of one level together: ``street, number exact; city same``."""
    parts = [part.rpartition(" ") for part in level.split(", ")]
    if len(parts) == 1 or not all(name for name, _, _ in parts):
        return level
    groups: dict[str, list[str]] = {}
    for name, _, word in parts:
        groups.setdefault(word, []).append(name)
    return "; ".join(f"{', '.join(names)} {word}" for word, names in groups.items())


def _draw(told: Explanation, console: Console, *, show_values: bool) -> None:
    ascii_only = console.options.ascii_only
    left, right = clean(told.left.row_id), clean(told.right.row_id)
    console.print(
        Text.assemble((f"{left} and {right}", "bold"), f": {_share(told.probability)} that they are one customer")
    )
    console.print(Text(_VERDICT[told.decision], style="bold"))
    console.print()
    rows = [*_rows(told), ("sum", "log2 of the odds", told.total)]
    cells = [(name, level, f"{bits:+.1f}") for name, level, bits in rows]
    grid = table(("field", "agreement", "bits"), cells, numeric=(2,), total=True)
    half = min(_HALF, max(_SHORTEST, (console.width - grid.unfolded - 3) // 2))
    if console.width >= _NARROW:  # words fold to make room for bars, unless the screen is a narrow one
        longest = max(abs(bits) for _, _, bits in rows)
        drawn = [_bar(bits / longest if longest else 0.0, half, ascii_only=ascii_only) for _, _, bits in rows]
        titles = ("field", "agreement", "bits", "<- two people | one ->".center(2 * half + 1) if half >= 11 else "")
        grid = table(titles, [(*row, line) for row, line in zip(cells, drawn, strict=True)], numeric=(2,), total=True)
    console.print(grid, width=console.width)
    if show_values:
        console.print()
        values = [
            (name, one, other) for name, (one, other) in told.values.items() if one is not None or other is not None
        ]
        console.print(table(("column", left, right), values), width=console.width)
    console.print()
    width = min(console.width, _READABLE)
    for sentence in sentences(told):
        lines = textwrap.wrap(clean(sentence), width, subsequent_indent="  ", break_on_hyphens=False)
        console.print(Text("\n".join(lines)), soft_wrap=True)


def _bar(size: float, half: int, *, ascii_only: bool) -> Text:
    """Return a bar to the left (speaks for two people) or the right (for one) of an axis."""
    axis = Text("|" if ascii_only else "│", style="dim")
    drawn = bar(abs(size), half, "ask" if size < 0 else "good", ascii_only=ascii_only)
    if size < 0:
        return Text(" " * (half - drawn.cell_len)) + drawn + axis
    return Text(" " * half) + axis + drawn


def _plain(told: Explanation, *, show_values: bool) -> list[tuple[str, str, str, str]]:
    """Return the explanation as lines of four cells: what it is, its name, a word, a number."""
    lines = [
        ("row", told.left.row_id, told.left.customer_id, ""),
        ("row", told.right.row_id, told.right.customer_id, ""),
        ("prior", "", "", f"{told.prior:.4f}"),
        *(("field", reason.field, reason.level, f"{reason.weight:.4f}") for reason in told.fields),
        ("household", "", "", f"{told.household:.4f}"),
        ("total", "", "held back" if told.held_back else "", f"{told.total:.4f}"),
        ("probability", "", told.decision, f"{told.probability:.6f}"),
        ("probability", "household", "", f"{told.household_probability:.6f}"),
        ("blocking", "", "compared" if told.compared else "not compared", str(len(told.keys))),
        *(("key", key.name, "skipped" if key.skipped else "used", str(key.rows)) for key in told.keys),
        ("result", "", "together" if told.together else "apart", ""),
        *(("link", f"{e.left_row_id} {e.right_row_id}", e.tie, f"{e.probability:.6f}") for e in told.path),
    ]
    if told.recorded:
        lines.append(("recorded", "", told.recorded[1], f"{told.recorded[0]:.6f}"))
    if show_values:
        lines += [
            ("value", f"{name} {place}", value or "", "")
            for name, both in told.values.items()
            for place, value in zip(("left", "right"), both, strict=True)
        ]
    return lines


def sentences(told: Explanation) -> list[str]:
    """Return what came of it, in words: the guard, the household, blocking, and the result."""
    found = []
    silent = [reason.field for reason in told.fields if reason.level == _MISSING]
    if silent:
        found.append(f"No evidence, since one of the two has nothing there: {', '.join(silent)}.")
    if told.held_back:
        found.append(
            f"Held back: by the sum alone it would be {_share(1 / (1 + 2**-told.total))}, but what agrees (a name, a "
            "town) is shared by namesakes, too. Merging needs an e-mail, phone, birth date, id or street in common."
        )
    if told.household_probability >= 0.05:
        found.append(f"Two people of one household: {_share(told.household_probability)}.")
    found += [_blocking(told), _result(told)]
    if told.recorded and abs(told.recorded[0] - told.probability) >= 0.005:
        found.append(
            f"The table pairs has them with {_share(told.recorded[0])} ({told.recorded[1]}): that run saw the rows as "
            "they were then."
        )
    return found


def _blocking(told: Explanation) -> str:
    if told.every_pair:
        return "Compared: the register is small enough for every pair."
    used = [key for key in told.keys if not key.skipped]
    skipped = [key for key in told.keys if key.skipped]
    if told.compared:
        if not used:
            return "Compared, though no blocking key of theirs is small enough: something else brought them together."
        return f"Compared: both hold the blocking {_keys([k.name for k in used])}."
    if skipped:
        rows = max(key.rows for key in skipped)
        return (
            f"Never compared: they share the blocking {_keys([k.name for k in skipped])}, but so do up to {rows:,} rows, "
            "too many to be compared with one another."
        )
    return f"Never compared: they share none of the {told.keys_tried} blocking keys."


def _keys(names: list[str]) -> str:
    shown = "; ".join(names[:4])
    more = f"; and {len(names) - 4} more" if len(names) > 4 else ""
    return f"key{'s' if len(names) > 1 else ''} {shown}{more}"


def _result(told: Explanation) -> str:
    if not told.together:
        two = f"In the result they are two customers, {told.left.customer_id} and {told.right.customer_id}"
        if told.decision == "match":
            return f"{two}, since others of their group contradict it; see `lohko explain dedupe_review`."
        return f"{two}."
    one = f"In the result they are one customer, {told.left.customer_id}"
    if len(told.path) == 1 and told.path[0].tie == "match":
        return f"{one}."
    if len(told.path) == 1 and told.path[0].tie == "same_id":
        return f"{one}: they came under one customer id."
    if told.path:
        words = "though their own evidence does not say so" if told.decision != "match" else "also through others"
        return f"{one}, {words}: {', '.join(_link(link) for link in told.path)}."
    return f"{one}."


def _link(link: Link) -> str:
    pair = f"{link.left_row_id} and {link.right_row_id}"
    words = {"match": _share(link.probability), "same_id": "one customer id", "earlier_run": "one by an earlier run"}
    return f"{pair} ({words[link.tie]})"


def _share(probability: float) -> str:
    """Return a probability in per cent, never rounded to certainty."""
    if 0.0005 < probability < 0.9995:
        return f"{probability * 100:.1f} %"
    return "over 99.9 %" if probability > 0.5 else "under 0.1 %"
