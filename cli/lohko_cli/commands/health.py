"""``lohko health``."""

from __future__ import annotations

from typing import Annotated, cast

import typer

from lohko.views.health.params import HealthParams
from lohko_cli.options import AS_OF, CONFIG, EVERYWHERE, LANG, TIMEZONE, WRITING, from_params
from lohko_cli.options import command as make_command
from lohko_cli.session import Session, running


def _run(session: Session) -> None:
    from lohko.cleaning.params import ConsentsParams
    from lohko.errors import UsageFault
    from lohko.matching.params import DedupeParams
    from lohko.reading.params import IngestParams
    from lohko.running.costs import read_costs
    from lohko.running.examining import HealthJob, run_health
    from lohko.running.places import as_path
    from lohko.running.settings import day, resolve, zone
    from lohko_cli.stepping import source_word

    given, settings, environment = session.given, session.settings, session.environment
    source = source_word(session)
    if given["output"] == "-":
        raise UsageFault("usage", "the terminal report needs no -o", hint="leave -o out, or name a file")
    params = cast("HealthParams", resolve("health", {**given, "output": None}, settings, environment))
    as_of, timezone = session.option("as_of"), session.option("timezone")
    job = HealthJob(
        as_path(source),
        as_path(given["output"]),
        params,
        read_costs(settings.costs, tuple(given["cost"] or ()), environment),
        cast("DedupeParams", resolve("dedupe", {}, settings, environment)),
        cast("ConsentsParams", resolve("consents", {}, settings, environment)),
        cast("IngestParams", resolve("ingest", {"timezone": timezone}, settings, environment)),
        settings.mapping,
        day(as_of) if as_of else None,
        zone(timezone) if timezone else None,
        as_path(given["rows"]),
        settings.min_group,
        given["force"],
        given["wait"],
        given["dry_run"],
    )
    outcome, health = run_health(job, now=session.now, progress=session.progress())
    if health is None or job.output is not None:
        session.finish(outcome)
    if session.as_json:
        session.told = True
        session.print_json(health.as_dict())
        raise typer.Exit(outcome.exit_code)

    def show() -> None:
        from lohko.views.health.compose import document
        from lohko_cli.view.console import make_console
        from lohko_cli.view.report import show_document

        show_document(document(health, params.lang), make_console(stderr=False))

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
    {"lang": LANG, "as_of": AS_OF, "timezone": TIMEZONE, "config": CONFIG},
    WRITING,
    EVERYWHERE,
)
