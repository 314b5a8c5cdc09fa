"""How a step of the register becomes a command."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, cast

import typer

from lohko.steps import STEPS
from lohko_cli.options import CONFIG, EVERYWHERE, FORMAT, LATEST, TIMEZONE, WRITING, as_of_option, command, from_params
from lohko_cli.session import Session, running

IN = (
    Annotated[
        str | None,
        typer.Argument(
            metavar="IN", help="a package, a CSV or Parquet file, or - for standard input", show_default=False
        ),
    ],
    None,
)
OUT = (
    Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT",
            show_default=False,
            help="a folder for a package, a file ending in .csv or .parquet, or - for standard output",
        ),
    ],
    None,
)
REJECTS = (
    Annotated[
        str | None,
        typer.Option(
            "--rejects",
            metavar="FILE",
            rich_help_panel="Running",
            help="where rows that cannot be read go when no package is written",
        ),
    ],
    None,
)


def step_command(name: str, doc: str) -> Callable[..., None]:
    """Return the command of a step: its parameters as options, the common ones, and one body."""

    def body(session: Session) -> None:
        run(session, name)

    return command(
        running(name, body),
        doc,
        {"source": IN},
        {"output": OUT},
        from_params(STEPS[name].load_params()),
        {
            "as_of": as_of_option("today" if STEPS[name].today else LATEST),
            "timezone": TIMEZONE,
            "format": FORMAT,
            "rejects": REJECTS,
            "config": CONFIG,
        },
        WRITING,
        EVERYWHERE,
    )


def run(session: Session, name: str) -> None:
    """Run a step from the command line."""
    from lohko.errors import UsageFault
    from lohko.reading.params import IngestParams
    from lohko.running.places import as_path
    from lohko.running.settings import day, resolve, zone
    from lohko.running.shell import Job, run_step

    given = session.given
    source = source_word(session)
    if given["output"] is None:
        raise UsageFault("usage", f"lohko {name} needs a place for its result", hint="name a folder or file: -o OUT")
    output = as_path(given["output"])
    if output is None and session.as_json:
        raise UsageFault("usage", "--json and -o - both want standard output", hint="write to a file with -o FILE")
    as_of, timezone = session.option("as_of"), session.option("timezone")
    reading = cast("IngestParams", resolve("ingest", {"timezone": timezone}, session.settings, session.environment))
    job = Job(
        name,
        as_path(source),
        output,
        resolve(name, given, session.settings, session.environment),
        reading,
        session.settings.mapping,
        day(as_of) if as_of else None,
        zone(timezone) if timezone else None,
        package_format(session),
        given["force"],
        given["wait"],
        given["dry_run"],
        as_path(given["rejects"]),
        session.settings.forgotten,
    )
    outcome = run_step(job, now=session.now, progress=session.progress(), stdout=session.stdout)
    session.finish(outcome)


def source_word(session: Session) -> str:
    """Return the input as named, ``-`` where a pipe is waiting; a person at a terminal gets a hint instead."""
    import sys

    from lohko.errors import UsageFault

    word: str | None = session.given["source"]
    if word is None:
        if sys.stdin is None or sys.stdin.isatty():
            raise UsageFault(
                "usage", f"lohko {session.command} needs an input", hint=f"see lohko {session.command} --help"
            )
        return "-"
    return word


def package_format(session: Session) -> Any:
    """Return the package format asked for."""
    from lohko.errors import UsageFault

    word = session.option("format") or "parquet"
    if word not in {"parquet", "csv"}:
        raise UsageFault("option_value", f"--format does not take '{word}'", hint="choose parquet or csv")
    return word
