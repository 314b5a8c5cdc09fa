"""``lohko export``."""

from __future__ import annotations

from typing import Annotated, cast

import typer

from lohko.running.params import ExportParams
from lohko_cli.options import CONFIG, EVERYWHERE, WRITING, as_of_option, from_params
from lohko_cli.options import command as make_command
from lohko_cli.session import Session, running


def _run(session: Session) -> None:
    from pathlib import Path

    from lohko.errors import UsageFault
    from lohko.running.exporting import ExportJob, run_export
    from lohko.running.places import as_path
    from lohko.running.settings import day, resolve

    given = session.given
    if given["source"] is None or given["source"] == "-":
        raise UsageFault(
            "usage", "lohko export reads a package", hint="lohko export work/segment --channel email -o list.csv"
        )
    if given["output"] is None:
        raise UsageFault("usage", "lohko export needs a place for its list", hint="name a file: -o list.csv, or -o -")
    output = as_path(given["output"])
    if output is None and session.as_json and not given["dry_run"]:
        raise UsageFault("usage", "--json and -o - both want standard output", hint="write to a file with -o FILE")
    as_of = session.option("as_of")
    flags = {**given, "segment": tuple(given["segment"]) if given["segment"] else None}
    job = ExportJob(
        Path(given["source"]),
        output,
        cast("ExportParams", resolve("export", flags, session.settings, session.environment)),
        Path(given["about"]) if given["about"] else None,
        day(as_of) if as_of else None,
        given["force"],
        given["wait"],
        given["dry_run"],
    )
    session.finish(run_export(job, now=session.now, stdout=session.stdout))


command = make_command(
    running("export", _run),
    """Those who may be contacted through a channel, as a list for a sending tool.

    **Example:** `lohko export work/segment --channel email -o list.csv` ·
    `lohko export work/segment --channel post --segment top-buyers -o letters.csv`

    Only customers whose decision is `may` are listed, one row an address. `list.about.json` beside it holds the day, the
    version of the rules, and who was left out and why. Old permissions and a stale screening are refused.
    """,
    {
        "source": (
            Annotated[
                str | None,
                typer.Argument(metavar="IN", help="a package with permissions", show_default=False),
            ],
            None,
        )
    },
    {
        "output": (
            Annotated[
                str | None,
                typer.Option(
                    "--output", "-o", metavar="FILE", help="the list: CSV, or JSON by its ending; - for standard output"
                ),
            ],
            None,
        ),
    },
    from_params(ExportParams, "The list"),
    {
        "about": (
            Annotated[
                str | None,
                typer.Option(
                    "--about",
                    metavar="FILE",
                    rich_help_panel="The list",
                    help="where day, rules and counts go  [default: beside the list; none for -o -]",
                ),
            ],
            None,
        ),
        "as_of": as_of_option("today"),
        "config": CONFIG,
    },
    WRITING,
    EVERYWHERE,
)
