"""Lists for people: tables and columns, codes, a package's content, a machine's checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lohko_cli.view.console import make_console
from lohko_cli.view.tables import table

if TYPE_CHECKING:
    import polars as pl

    from lohko.codes import Code
    from lohko.running.doctor import Check
    from lohko.tables import Table


def show_tables(tables: Sequence[Table]) -> None:
    """Show all tables, those from files first."""
    console = make_console(stderr=False)
    rows = [
        (t.name, t.title, ", ".join(t.needed), ", ".join(t.made_by) or "files")
        for t in sorted(tables, key=lambda t: bool(t.made_by))
    ]
    console.print(table(("table", "one row is", "needed columns", "comes from"), rows))
    console.print("`lohko columns TABLE` shows a table's columns.", markup=False)


def show_table(one: Table) -> None:
    """Show one table's columns."""
    console = make_console(stderr=False)
    origin = f"made by {', '.join(one.made_by)}" if one.made_by else "from files"
    console.print(f"{one.name}: one row is {one.title}; {origin}", markup=False)
    rows = [
        (c.name, c.type, "needed" if c.needed else "", " ".join(filter(None, (c.help, _choice(c.values)))))
        for c in one.columns
    ]
    console.print(table(("column", "type", "", "what it is"), rows))


def _choice(values: tuple[str, ...]) -> str:
    return f"({', '.join(values)})" if values else ""


def show_codes(codes: Sequence[Code]) -> None:
    """Show all codes by kind."""
    console = make_console(stderr=False)
    ordered = sorted(codes, key=lambda c: (c.kind, c.code))
    console.print(table(("code", "kind", "what"), [(c.code, c.kind, c.title) for c in ordered]))


def show_code(code: Code) -> None:
    """Show one code's meaning."""
    console = make_console(stderr=False)
    console.print(f"{code.code} ({code.kind})", markup=False, style="bold")
    console.print(f"{code.title}\n\n{code.text}", markup=False)
    if code.fix:
        console.print(f"\nWhat to do: {code.fix}", markup=False)


def show_package(content: Mapping[str, Any]) -> None:
    """Show what a package holds."""
    console = make_console(stderr=False)
    steps = " > ".join(content["history"])
    console.print(
        f"{content['package']}: {steps}; as of {content['as_of'] or '-'}, {content['timezone']}", markup=False
    )
    rows = [
        (t["name"], f"{t['rows']:,}", f"{t['bytes'] / 1024:,.0f} kB", ", ".join(t["columns"]))
        for t in content["tables"]
    ]
    console.print(table(("table", "rows", "size", "columns"), rows))
    if content["files"]:
        console.print(f"files: {', '.join(content['files'])}", markup=False)


def show_frame(name: str, rows: int, head: pl.DataFrame) -> None:
    """Show a table's first rows, one column below the other where they don't fit side by side."""
    console = make_console(stderr=False)
    console.print(f"{name}: {rows:,} rows, {head.width} columns; the first {head.height}:", markup=False)
    if head.width <= 8:
        console.print(table(tuple(head.columns), [tuple(map(_cell, row)) for row in head.rows()]))
        return
    columns = [(column, *(_cell(value) for value in head.get_column(column).head(3))) for column in head.columns]
    console.print(table(("column", *(f"row {n}" for n in range(1, min(3, head.height) + 1))), columns))


def _cell(value: Any) -> str:
    return "" if value is None else str(value)


def show_checks(checks: Sequence[Check]) -> None:
    """Show what was found on this machine."""
    console = make_console(stderr=False)
    rows = [(c.what, c.found, "" if c.well else f"! {c.advice}") for c in checks]
    console.print(table(("what", "found", ""), rows))
