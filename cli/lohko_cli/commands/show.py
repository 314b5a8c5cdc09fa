"""``lohko show``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from lohko_cli.options import EVERYWHERE
from lohko_cli.options import command as make_command
from lohko_cli.session import Session, running

if TYPE_CHECKING:
    import polars as pl

    from lohko.cleaning.protection import Protected


def _run(session: Session) -> None:
    from pathlib import Path

    from lohko.cleaning.protection import protected
    from lohko.errors import UsageFault
    from lohko.package.reading import Package
    from lohko.running.singles import table_bytes, write_all
    from lohko_cli.view.listing import show_frame, show_package

    given = session.given
    if given["source"] is None:
        raise UsageFault("usage", "lohko show needs a package", hint="lohko show work/ingest")
    name = given["table"]
    if given["csv"] and name is None:
        raise UsageFault("usage", "--csv shows one table", hint=f"name it: lohko show {given['source']} TABLE --csv")
    if given["csv"] and session.as_json:
        raise UsageFault("usage", "--csv and --json are two forms of one answer", hint="give one of them")
    package = Package.open(Path(given["source"]))
    if name is None:
        content = _summary(package)
        if session.as_json:
            session.print_json(content)
        else:
            show_package(content)
        return
    frame = package.scan(name)
    hidden = protected(package.frames())
    if given["csv"]:
        data = _shown(name, frame.collect(), hidden, session)
        write_all(session.stdout, table_bytes(data, ".csv"))
        return
    head = _shown(name, frame.head(given["rows"]).collect(), hidden, session)
    if session.as_json:
        session.print_json(
            {
                "schema_version": 1,
                "table": name,
                "rows": package.rows(name),
                "columns": [{"name": column, "type": str(kind)} for column, kind in head.schema.items()],
                "first": head.to_dicts(),
            }
        )
    else:
        show_frame(name, package.rows(name), head)


def _shown(name: str, frame: pl.DataFrame, hidden: Protected, session: Session) -> pl.DataFrame:
    """Return rows as they may be shown, and say what is kept back: protected addresses always, codes in free text unless asked for."""
    import sys

    from lohko.cleaning.protection import masked
    from lohko.cleaning.sensitive import without_codes
    from lohko.outcome import Finding

    frame, addresses = masked(name, frame, hidden)
    frame, codes = (frame, 0) if session.given["show_values"] else without_codes(name, frame)
    for code, count in (("addresses_masked", addresses), ("codes_masked", codes)):
        if count and not session.quiet:
            sys.stderr.write(f"lohko: {Finding(code, {'count': count}).text}\n")
    return frame


def _summary(package: Any) -> dict[str, Any]:
    record = package.record
    return {
        "schema_version": 1,
        "package": str(package.path),
        "step": record["step"],
        "version": record["version"],
        "as_of": record["as_of"],
        "timezone": package.timezone,
        "tables": [
            {
                "name": table,
                "rows": package.rows(table),
                "bytes": package.resource(table)["bytes"],
                "columns": [field["name"] for field in package.resource(table)["schema"]["fields"]],
                "accounting": record["accounting"].get(table),
            }
            for table in package.tables
        ],
        "files": [entry["path"] for entry in record.get("files", ())],
        "history": [step["step"] for step in package.history],
    }


command = make_command(
    running("show", _run),
    """Look into a package: its tables, their columns, their first rows.

    **Example:** `lohko show work/clean` · `lohko show work/clean customers --csv > customers.csv`
    """,
    {
        "source": (Annotated[str | None, typer.Argument(metavar="IN", help="a package", show_default=False)], None),
        "table": (Annotated[str | None, typer.Argument(metavar="TABLE", help="one table", show_default=False)], None),
    },
    {
        "csv": (Annotated[bool, typer.Option("--csv", help="the whole table as CSV on stdout")], False),
        "rows": (Annotated[int, typer.Option("--rows", min=0, help="how many rows to show")], 10),
    },
    EVERYWHERE,
)
