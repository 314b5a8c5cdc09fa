"""``lohko compare``."""

from __future__ import annotations

from typing import Annotated, cast

import typer

from lohko.running.params import CompareParams
from lohko_cli.options import CONFIG, EVERYWHERE, WRITING, from_params
from lohko_cli.options import command as make_command
from lohko_cli.session import Session, running


def _run(session: Session) -> None:
    from pathlib import Path

    from lohko.errors import UsageFault
    from lohko.running.comparing import CompareJob, run_compare
    from lohko.running.places import as_path
    from lohko.running.settings import resolve

    given = session.given
    sources = tuple(given["sources"] or ())
    if "-" in sources:
        raise UsageFault(
            "usage", "lohko compare reads packages", hint="lohko compare work/segment@2025-10-31 work/segment"
        )
    job = CompareJob(
        tuple(Path(source) for source in sources),
        as_path(given["output"]),
        cast("CompareParams", resolve("compare", given, session.settings, session.environment)),
        given["output"] == "-",
        session.settings.min_group,
        given["force"],
        given["wait"],
        given["dry_run"],
    )
    if job.pipe and session.as_json:
        raise UsageFault("usage", "--json and -o - would both go to standard output", hint="leave one of them out")
    outcome, dashboard = run_compare(job, now=session.now, stdout=session.stdout)
    if job.output is not None or job.pipe:
        session.finish(outcome)
    if session.as_json:
        session.print_json(dashboard.as_dict())
        return

    def show() -> None:
        from lohko.views.dashboard.compose import document
        from lohko_cli.view.console import make_console
        from lohko_cli.view.report import show_document

        show_document(document(dashboard, job.params.lang), make_console(stderr=False))

    session.finish(outcome, show)


command = make_command(
    running("compare", _run),
    """The customer dashboard between two or more packages: growth, churn, segments, and who moved where.

    **Example:** `lohko compare work/segment@2025-10-31 work/segment` ·
    `lohko compare work/segment@2025-10-31 work/segment -o dashboard.html --lang fi`

    All packages are judged by one model, so nobody moves because segments were cut anew. Without `-o` it is shown here; otherwise
    the file's ending decides: `.html`, `.xlsx`, `.md` or `.json`; `.csv` or `.parquet` for the table dashboard (`-` for standard
    output); a name without an ending for a package with the tables movements and dashboard.
    """,
    {
        "sources": (
            Annotated[list[str] | None, typer.Argument(metavar="OLD NEW", help="packages", show_default=False)],
            None,
        )
    },
    {
        "output": (
            Annotated[
                str | None,
                typer.Option("--output", "-o", metavar="FILE", help="a report's file, a table's file, or a folder"),
            ],
            None,
        ),
    },
    from_params(CompareParams, "Dashboard"),
    {"config": CONFIG},
    WRITING,
    EVERYWHERE,
)
