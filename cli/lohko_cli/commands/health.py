"""``lohko health``."""

from __future__ import annotations

from typing import Annotated

import typer

from lohko.views.health.params import HealthParams
from lohko_cli.options import CONFIG, EVERYWHERE, LANG, TIMEZONE, WRITING, as_of_option, from_params
from lohko_cli.options import command as make_command
from lohko_cli.session import Session, running


def _run(session: Session) -> None:
    from lohko.errors import UsageFault
    from lohko.running.examining import HealthJob, resolved, run_health
    from lohko.running.places import as_path
    from lohko.running.settings import day, zone
    from lohko_cli.stepping import source_word

    given = session.given
    source = source_word(session)
    if given["output"] == "-":
        raise UsageFault("usage", "the terminal report needs no -o", hint="leave -o out, or name a file")
    as_of, timezone = session.option("as_of"), session.option("timezone")
    bare = HealthJob(
        as_path(source),
        as_path(given["output"]),
        as_of=day(as_of) if as_of else None,
        timezone=zone(timezone) if timezone else None,
        rows=as_path(given["rows"]),
        force=given["force"],
        wait=given["wait"],
        dry_run=given["dry_run"],
    )
    job = resolved(bare, session.settings, session.environment, given, tuple(given["cost"] or ()))
    outcome, health = run_health(job, now=session.now, progress=session.progress())
    if health is None or job.output is not None:
        session.finish(outcome)
        return
    if session.as_json:
        session.told = True
        session.print_json(health.as_dict())
        raise typer.Exit(outcome.exit_code)

    def show() -> None:
        from lohko.views.health.compose import document
        from lohko_cli.view.console import make_console
        from lohko_cli.view.report import show_document

        show_document(document(health, job.params.lang), make_console(stderr=False))

    session.finish(outcome, show)


command = make_command(
    running("health", _run),
    """The register's health test: what is missing, wrong, doubled and stale, where it comes from, and what it costs.

    **Example:** `lohko health crm.csv` · `lohko health work/clean -o health.html --lang fi` ·
    `lohko health crm.csv --cost postage=1.10 --cost print=0.30 --fail-under 80`

    Nothing is changed. Without `-o` the report is shown here; otherwise the file's ending decides: `.html`, `.xlsx`, `.md` or
    `.json`. Prices stand in `[costs]` of lohko.toml; none has a default.
    """,
    {
        "source": (
            Annotated[
                str | None,
                typer.Argument(
                    metavar="IN", help="a package, a CSV or Parquet file, or - for standard input", show_default=False
                ),
            ],
            None,
        )
    },
    {
        "output": (
            Annotated[
                str | None,
                typer.Option("--output", "-o", metavar="FILE", help="a file ending in .html, .xlsx, .md or .json"),
            ],
            None,
        ),
        "rows": (
            Annotated[
                str | None,
                typer.Option(
                    "--rows", metavar="FILE", help="a CSV of all rows with faults: ids, places and codes, no values"
                ),
            ],
            None,
        ),
        "cost": (
            Annotated[
                list[str] | None,
                typer.Option(
                    "--cost",
                    metavar="KEY=VALUE",
                    help="a price, as in \\[costs] of lohko.toml (repeatable)",
                    show_default=False,
                ),
            ],
            None,
        ),
    },
    from_params(HealthParams, "What is tested", skip=("lang", "output")),
    {
        "lang": LANG,
        "as_of": as_of_option("the package's day, else the latest event or change of a row"),
        "timezone": TIMEZONE,
        "config": CONFIG,
    },
    WRITING,
    EVERYWHERE,
)
