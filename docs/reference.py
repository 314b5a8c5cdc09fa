"""Write the pages of reference, docs/commands.md, docs/tables.md and the manual page docs/lohko.1, from what the program itself knows: `make reference`.

A test compares the pages with what would be written, so that they cannot drift from the program.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docs.manual import manual
from docs.program import described, names, own_options, program, shared_options, usage

from lohko.tables import Table, tables
from lohko_cli.options import WRITING

FOLDER = Path(__file__).parent
_SWITCHES = (
    "A switch that `lohko.toml` or the environment turned on is turned off by `--no-NAME`, such as `--no-places-right`."
)
_BY_COMMAND = "Written by `make reference` from the program's own help; `lohko COMMAND --help` shows the same."
_BY_TABLE = "Written by `make reference` from `core/lohko/tables/tables.toml`; `lohko columns TABLE` shows the same."


def commands() -> str:
    """Return the reference of all commands."""
    group = program()
    lines = ["# Commands", "", _BY_COMMAND, "", *_index(group)]
    lines += ["", "## Options of every command", "", *_options(shared_options(group)), "", _SWITCHES]
    for name, command in group.commands.items():
        lines += ["", f"## lohko {name}", "", *_prose(command.help or ""), "", f"    {usage(name, command)}"]
        arguments = [p for p in command.params if p.param_type_name == "argument"]
        if arguments:
            lines += ["", "| argument | |", "| --- | --- |"]
            lines += [f"| `{p.metavar or p.name.upper()}` | {_cell(p.help)} |" for p in arguments]
        own = own_options(command)
        if own:
            lines += ["", *_options(own)]
        shared = [f"`{names(p)[0]}`" for p in command.params if p.name in WRITING]
        if shared:
            lines += ["", f"Also {', '.join(shared)}, and the options of every command."]
    return "\n".join(lines) + "\n"


def _index(group: Any) -> Iterator[str]:
    yield "| command | |"
    yield "| --- | --- |"
    for name, command in group.commands.items():
        yield f"| [`{name}`](#lohko-{name}) | {_cell(command.get_short_help_str(limit=400))} |"


def _options(parameters: list[Any]) -> Iterator[str]:
    yield "| option | |"
    yield "| --- | --- |"
    for parameter in parameters:
        shown = ", ".join(f"`{name}`" for name in names(parameter))
        metavar = "" if parameter.is_flag else f" {_cell(parameter.metavar)}".rstrip()
        yield f"| {shown}{metavar} | {_cell(parameter.help)} |"


def _prose(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().replace("\\[", "[").splitlines()]


def _cell(text: str | None) -> str:
    return described(text).replace("|", "\\|")


def table_page() -> str:
    """Return the reference of all tables."""
    lines = [
        "# Tables",
        "",
        _BY_TABLE,
        "",
        "Ids and postcodes are text; money is decimal(18,4); times are stored in UTC.",
    ]
    lines += ["", "| table | one row is | made by |", "| --- | --- | --- |"]
    lines += [f"| [`{t.name}`](#{t.name}) | {t.title} | {_makers(t)} |" for t in tables().values()]
    for table in tables().values():
        lines += ["", f"## {table.name}", "", f"One row is {table.title}. Made by {_makers(table)}."]
        lines += ["Key: " + ", ".join(f"`{name}`" for name in table.key) + "."]
        lines += ["", "| column | type | |", "| --- | --- | --- |"]
        for column in table.columns:
            told = [column.help] if column.help else []
            told += [", ".join(f"`{value}`" for value in column.values)] if column.values else []
            name = f"**{column.name}**" if column.needed else column.name
            lines.append(f"| {name} | {column.type} | {_cell('; '.join(told))} |")
    lines += [
        "",
        "Tables that steps make are sorted by their key. Columns in bold are needed; a table may carry any further ones.",
    ]
    return "\n".join(lines) + "\n"


def _makers(table: Table) -> str:
    return ", ".join(f"`{step}`" for step in table.made_by) if table.made_by else "`ingest`, from files"


PAGES = {"commands.md": commands, "tables.md": table_page, "lohko.1": manual}


def main() -> None:
    """Write the pages."""
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
