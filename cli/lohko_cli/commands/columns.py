"""``lohko columns``."""

from __future__ import annotations

from typing import Annotated

import typer

from lohko_cli.options import EVERYWHERE
from lohko_cli.options import command as make_command
from lohko_cli.session import Session, running


def _run(session: Session) -> None:
    import difflib

    from lohko.errors import InputRefused
    from lohko.tables import tables
    from lohko_cli.view.listing import show_table, show_tables

    name = session.given["table"]
    if name is not None and name not in tables():
        near = difflib.get_close_matches(name, tables(), 1)
        hint = f"did you mean '{near[0]}'?" if near else f"the tables are {', '.join(tables())}"
        raise InputRefused("no_such_table", f"there is no table '{name}'", hint=hint)
    wanted = [tables()[name]] if name else list(tables().values())
    if session.as_json:
        session.print_json(
            {
                "schema_version": 1,
                "tables": [
                    {
                        "name": table.name,
                        "title": table.title,
                        "made_by": list(table.made_by),
                        "columns": [
                            {
                                "name": c.name,
                                "type": c.type,
                                "needed": c.needed,
                                "values": list(c.values),
                                "help": c.help,
                            }
                            for c in table.columns
                        ],
                    }
                    for table in wanted
                ],
            }
        )
    elif name:
        show_table(wanted[0])
    else:
        show_tables(wanted)


command = make_command(
    running("columns", _run),
    """The tables lohko knows, and their columns.

    **Example:** `lohko columns` · `lohko columns transactions`
    """,
    {"table": (Annotated[str | None, typer.Argument(metavar="TABLE", help="one table", show_default=False)], None)},
    EVERYWHERE,
)
