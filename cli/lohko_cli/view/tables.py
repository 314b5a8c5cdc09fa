"""Tables in the terminal: columns that fit a screen, plain lines where there is none, and no cell that does anything."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

_GAP = 2
_LONGEST_WORD = 14
"""Longer words may be broken where a column must shrink."""
_BLANK = frozenset("\t\n\r\v\f\x85\u2028\u2029")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def clean(text: object) -> str:
    """Return a value as text that only prints: line breaks as spaces; control, bidi and zero-width characters left out."""
    return "".join(
        " " if letter in _BLANK else letter
        for letter in str(text)
        if letter in _BLANK or unicodedata.category(letter) not in _UNSEEN
    )


@dataclass(frozen=True, slots=True)
class Grid:
    """A table to print: on a terminal it fits the width by folding; elsewhere it is plain lines of any length.

    Where even folding does not fit, each row becomes a block of its own, a line a column, so that nothing is cut.

    Attributes
    ----------
    titles : the columns' titles
    rows : the cells, as text or as ready pieces of ``rich.text.Text``
    numeric : the columns that are aligned to the right
    caption : a line above
    total : True where the last row closes the table
    """

    titles: tuple[str, ...]
    rows: tuple[tuple[str | Text, ...], ...]
    numeric: frozenset[int] = frozenset()
    caption: str = ""
    total: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width if console.is_terminal else None
        lines = self.lines(width, "-" if options.ascii_only else "─")
        yield Text("\n").join(lines) if lines else Text("")

    @property
    def unfolded(self) -> int:
        """The width from which on no cell is folded, only titles."""
        columns = range(len(self.titles))
        cells = [max((_length(row[place]) for row in self.rows), default=0) for place in columns]
        words = [max((cell_len(word) for word in title.split()), default=0) for title in self.titles]
        return sum(map(max, cells, words)) + _GAP * (len(self.titles) - 1)

    def lines(self, width: int | None = None, rule: str = "─") -> list[Text]:
        """Return the table as lines; without a width nothing is folded, and no rules are drawn."""
        found = [Text(line, style="bold") for line in _fold(self.caption, width or len(self.caption))]
        widths = self._widths(width)
        if width is not None and sum(widths) + _GAP * (len(widths) - 1) > width:
            return found + self._blocks(width)
        found += self._line(self.titles, widths, "dim")
        line = Text(rule * (sum(widths) + _GAP * (len(widths) - 1)), style="dim")
        if width is not None:
            found.append(line)
        for place, row in enumerate(self.rows):
            closing = self.total and place == len(self.rows) - 1
            if closing and width is not None:
                found.append(line)
            found += self._line(row, widths, "bold" if closing else "")
        return found

    def _widths(self, width: int | None) -> list[int]:
        """Share out the width: numbers whole, titles folded between words, and text columns shrunk, the widest first."""
        cells = [max((_length(row[place]) for row in self.rows), default=0) for place in range(len(self.titles))]
        words = [max((cell_len(word) for word in title.split()), default=0) for title in self.titles]
        widths = [max(pair) for pair in zip(cells, words, strict=True)]
        if width is None:
            return [max(have, cell_len(title)) for have, title in zip(widths, self.titles, strict=True)]
        least = [
            have
            if place in self.numeric or any(isinstance(row[place], Text) for row in self.rows)
            else max(words[place], min(_LONGEST_WORD, self._longest_word(place)))
            for place, have in enumerate(widths)
        ]
        left = width - sum(widths) - _GAP * (len(widths) - 1)
        for place, title in enumerate(self.titles):
            wanted = cell_len(title) - widths[place]
            if 0 < wanted <= left:
                widths[place] += wanted
                left -= wanted
        while left < 0:
            spare = [(have - low, place) for place, (have, low) in enumerate(zip(widths, least, strict=True))]
            most, place = max(spare, key=lambda pair: (pair[0], -pair[1]))
            if most <= 0:
                break
            widths[place] -= 1
            left += 1
        return widths

    def _longest_word(self, place: int) -> int:
        return max((cell_len(word) for row in self.rows for word in str(row[place]).split()), default=0)

    def _line(self, row: Sequence[str | Text], widths: Sequence[int], style: str) -> list[Text]:
        """Return one row, on as many lines as its longest folded cell."""
        folded = [
            [cell] if isinstance(cell, Text) else [Text(part, style=style) for part in _fold(cell, width)]
            for cell, width in zip(row, widths, strict=True)
        ]
        found = []
        for level in range(max(len(parts) for parts in folded)):
            line = Text()
            for place, (parts, width) in enumerate(zip(folded, widths, strict=True)):
                part = parts[level] if level < len(parts) else Text()
                blank = " " * max(0, width - part.cell_len)
                line.append_text(Text(" " * _GAP * (place > 0)))
                line.append_text(Text(blank) + part if place in self.numeric else part + Text(blank))
            line.rstrip()
            found.append(line)
        return found

    def _blocks(self, width: int) -> list[Text]:
        found: list[Text] = []
        for row in self.rows:
            found += [Text(part, style="bold") for part in _fold(str(row[0]), width)]
            for title, cell in zip(self.titles[1:], row[1:], strict=True):
                label = f"  {title}: " if title else "  "
                if isinstance(cell, Text):
                    found.append(Text(label) + cell)
                else:
                    found += [Text(part) for part in _fold(label + cell, width, "    ")]
        return found


def _length(cell: str | Text) -> int:
    return cell.cell_len if isinstance(cell, Text) else cell_len(cell)


def _fold(text: str, width: int, indent: str = "") -> list[str]:
    """Fold a text between words, or within a word that is wider than a line; never cut."""
    if cell_len(text) <= width:
        return [text] if text else []
    found = [""]
    for word in text.split(" "):
        rest = word
        while rest:
            line = f"{found[-1]} {rest}" if found[-1].strip() else found[-1] + rest
            if cell_len(line) <= width:
                found[-1], rest = line, ""
            elif found[-1].strip():
                found.append(indent)
            else:
                fits = max(1, sum(1 for end in range(1, len(rest) + 1) if cell_len(found[-1] + rest[:end]) <= width))
                found[-1] += rest[:fits]
                rest = rest[fits:]
                if rest:
                    found.append(indent)
    return found


def table(
    titles: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    numeric: Iterable[int] = (),
    caption: str = "",
    total: bool = False,
) -> Grid:
    """Return a table for ``console.print``.

    Parameters
    ----------
    titles : the columns' titles
    rows : cells as values or ``rich.text.Text``; they are shown as text, never read as markup, and cleaned of
        characters that do something to a terminal. None is shown as nothing
    numeric : places of the columns to align to the right
    caption : a line above
    total : True where the last row is a total
    """
    return Grid(
        tuple(clean(title) for title in titles),
        tuple(
            tuple(cell if isinstance(cell, Text) else "" if cell is None else clean(cell) for cell in row)
            for row in rows
        ),
        frozenset(numeric),
        clean(caption),
        total,
    )
