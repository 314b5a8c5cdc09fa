"""The value report on the terminal: the same document as on the page, drawn with blocks and tables."""

from __future__ import annotations

import io
import re
import textwrap

from rich.console import Console
from rich.text import Text

from lohko.views.report.compose import document
from lohko.views.report.document import (
    Bars,
    Block,
    Cards,
    Document,
    Facts,
    Figure,
    Line,
    Prose,
    Range,
    Ranges,
    Section,
    Steps,
    Table,
    Trends,
    Value,
)
from lohko.views.report.model import Report
from lohko_cli.view.charts import PATTERNS, bar, interval, key, spark, stack
from lohko_cli.view.console import UNBOUNDED
from lohko_cli.view.tables import Grid, clean, table

_READABLE = 92
"""Lines of running text are not longer than this, however wide the screen."""
_BAR = 30
_SHORTEST_BAR = 10
_NAME = 28
_FONT = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
"""Rich's pictures fetch their font; without it any font of fixed width does, since each text tells its length."""
_CODE = re.compile(r"`([^`]+)`")


def show(report: Report, console: Console, lang: str, width: int | None = None) -> None:
    """Print the report.

    Parameters
    ----------
    report : the report value
    console : where to (see ``make_console``); what is not a terminal gets plain text
    lang : ``en``, ``fi`` or ``sv``
    width : columns to use; the console's own by default
    """
    show_document(document(report, lang), console, width)


def show_document(shown: Document, console: Console, width: int | None = None) -> None:
    """Print a report that has been put into words."""
    room = width or console.width
    _Screen(console, room if console.is_terminal or width else UNBOUNDED).document(shown)


def picture(shown: Document, width: int = 100, title: str = "lohko report") -> str:
    """Return what the terminal would show as an SVG, the same for the same document, that asks nothing of the net."""
    console = Console(
        record=True,
        width=width,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        legacy_windows=False,
    )
    show_document(shown, console, width)
    return _FONT.sub("", console.export_svg(title=title, unique_id="lohko"))


def _cell(value: Value) -> str | Text:
    """Return a cell as it is drawn; its tone colours what its words say already."""
    return Text(clean(value.text), PATTERNS[value.tone].style) if value.tone else value.text


class _Screen:
    """Draws a document on a console of a given width."""

    def __init__(self, console: Console, width: int) -> None:
        self.console = console
        self.width = width
        self.plain = not console.options.encoding.startswith("utf")

    def document(self, shown: Document) -> None:
        self.words(shown.title, "bold")
        self.words(shown.subtitle, "dim")
        self.gap()
        self.words(shown.lead)
        if shown.facts.items:
            self.gap()
            self.facts(shown.facts)
        for block in shown.first:
            self.gap()
            self.block(block)
        for section in shown.sections:
            self.section(section)
        self.gap()
        self.words(shown.closing, "dim")

    def section(self, section: Section) -> None:
        self.gap()
        line = "-" if self.plain else "─"
        self.console.print(Text(line * min(self.width, _READABLE), style="dim"))
        self.words(section.title, "bold")
        self.words(section.lead)
        for block in section.blocks:
            self.gap()
            self.block(block)

    def block(self, block: Block) -> None:
        if isinstance(block, Prose):
            self.words(block.text, "dim" if block.muted else "")
        elif isinstance(block, Facts):
            self.facts(block)
        elif isinstance(block, Table):
            self.table(block, block.caption)
        elif isinstance(block, Figure):
            self.figure(block)
        elif isinstance(block, Cards):
            self.cards(block)
        elif isinstance(block, Steps):
            self.steps(block)

    def facts(self, facts: Facts) -> None:
        widest = max(len(fact.value) for fact in facts.items)
        for fact in facts.items:
            remark = f" ({fact.note})" if fact.note else ""
            self.words(f"{fact.label}{remark}", first=f"{fact.value:>{widest}}  ", rest=" " * (widest + 2), lead="bold")

    def grid(self, shown: Table, caption: str, bars: tuple[Text, ...] = ()) -> Grid:
        """Return a table of the document, with a column of bars where there are any."""
        rows: list[tuple[str | Text, ...]] = [tuple(_cell(value) for value in row) for row in shown.rows]
        if shown.total:
            rows.append(tuple(value.text for value in shown.total))
        titles = [column.short or column.title for column in shown.columns]
        numeric = [place for place, column in enumerate(shown.columns) if column.kind != "text"]
        if bars:
            titles.append("")
            rows = [(*row, drawn) for row, drawn in zip(rows, bars, strict=True)]
        return table(titles, rows, numeric=numeric, caption=caption, total=shown.total is not None)

    def table(self, shown: Table, caption: str = "", bars: tuple[Text, ...] = ()) -> None:
        self.console.print(self.grid(shown, caption, bars), width=self.width)
        if shown.note:
            self.words(shown.note, "dim")

    def figure(self, figure: Figure) -> None:
        chart = figure.chart
        self.words(figure.title, "bold")
        if figure.note:
            self.words(figure.note, "dim")
        self.gap()
        if isinstance(chart, Bars):
            room = min(_BAR, self.width - self.grid(figure.table, "").unfolded - 2)
            single = all(len(line.marks) == 1 for line in chart.lines)
            if single and len(chart.lines) == len(figure.table.rows) and room >= _SHORTEST_BAR:
                self.table(figure.table, bars=tuple(self.one_bar(chart, line, room) for line in chart.lines))
                return
            self.bars(chart)
            self.gap()
        if isinstance(chart, Ranges):
            self.ranges(chart)
        sparks: tuple[Text, ...] = ()
        if isinstance(chart, Trends):
            none = [Text("")] * (figure.table.total is not None)
            sparks = (*(spark(line.points, ascii_only=self.plain) for line in chart.lines), *none)
        self.table(figure.table, bars=sparks)

    def ranges(self, chart: Ranges) -> None:
        """Draw each value between its bounds, and below them where the axis begins and ends."""
        widest = min(_NAME, max(len(clean(line.name)) for line in chart.lines), self.width // 3)
        length = min(60, self.width - widest - 3 - max(len(line.label) for line in chart.lines))
        if length < _SHORTEST_BAR:  # the table tells it all
            return
        for line in chart.lines:
            drawn = self.one_range(line, chart, length)
            names = textwrap.wrap(clean(line.name), widest) or [""]
            for place, name in enumerate(names):
                rest = Text("") if place else Text.assemble(" " * (widest - len(name) + 2), drawn, f" {line.label}")
                self.console.print(Text.assemble(name, rest), soft_wrap=True)
        (_, first), (_, last) = chart.ticks[0], chart.ticks[-1]
        self.console.print(Text(f"{'':<{widest}}  {first}{last:>{length - len(first)}}", style="dim"), soft_wrap=True)
        self.gap()

    def one_range(self, line: Range, chart: Ranges, length: int) -> Text:
        if line.low is None or line.value is None or line.high is None:
            return Text(" " * length)
        mean = None if chart.reference is None else chart.reference[0]
        return interval(line.low, line.value, line.high, mean, length, ascii_only=self.plain)

    def one_bar(self, chart: Bars, line: Line, room: int) -> Text:
        """Draw a line's only mark, the longest as long as bars are."""
        longest = max(mark.size for each in chart.lines for mark in each.marks) or 1.0
        mark = line.marks[0]
        return bar(mark.size / longest, room, mark.tone, ascii_only=self.plain)

    def bars(self, chart: Bars) -> None:
        self.legend(chart)
        widest = min(_NAME, max(len(line.name) for line in chart.lines), self.width // 3)
        room = 0 if chart.stacked else max(len(mark.label) for line in chart.lines for mark in line.marks) + 1
        length = min(60, self.width - widest - 2 - room)
        longest = max((mark.size for line in chart.lines for mark in line.marks), default=0.0) or 1.0
        for line in chart.lines:
            names = textwrap.wrap(clean(line.name), widest) or [""]
            drawn = (
                [stack([(mark.size, mark.tone) for mark in line.marks], length, ascii_only=self.plain)]
                if chart.stacked
                else [
                    Text.assemble(bar(mark.size / longest, length, mark.tone, ascii_only=self.plain), f" {mark.label}")
                    for mark in line.marks
                ]
            )
            for place in range(max(len(names), len(drawn))):
                name = names[place] if place < len(names) else ""
                self.console.print(
                    Text.assemble(f"{name:<{widest}}  ", drawn[place] if place < len(drawn) else ""), soft_wrap=True
                )

    def legend(self, chart: Bars) -> None:
        """Print what the patterns stand for, as many on a line as fit."""
        line = Text()
        for tone, name in chart.legend:
            entry = Text.assemble(key(tone, ascii_only=self.plain), f" {clean(name)}")
            if line and line.cell_len + 3 + entry.cell_len > self.width:
                self.console.print(line, soft_wrap=True)
                line = Text()
            line = Text("   ").join([line, entry]) if line else entry
        if line:
            self.console.print(line, soft_wrap=True)

    def cards(self, cards: Cards) -> None:
        for place, card in enumerate(cards.items):
            if place:
                self.gap()
            self.words(card.title, "bold")
            self.words(card.summary, "dim", first="  ", rest="  ")
            for label, text in card.lines:
                self.words(text, first=f"  {label}: ", rest="    ")

    def steps(self, steps: Steps) -> None:
        for place, step in enumerate(steps.items, start=1):
            self.words(step.title, "bold", first=f"{place:>2}. ", rest="    ")
            self.words(step.text, first="    ", rest="    ")

    def words(self, text: str, style: str = "", *, first: str = "", rest: str = "", lead: str = "") -> None:
        """Print running text, folded between words; commands stand out."""
        width = min(self.width, _READABLE) if self.console.is_terminal or self.width < UNBOUNDED else UNBOUNDED
        lines = textwrap.wrap(
            clean(text), width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
        ) or [first]
        for place, line in enumerate(lines):
            shown = Text(line, style=style)
            if lead and not place:
                shown.stylize(lead, 0, len(first))
            shown.highlight_regex(_CODE, "cyan")
            self.console.print(shown, soft_wrap=True)

    def gap(self) -> None:
        self.console.print()
