"""``lohko report``."""

from __future__ import annotations

from typing import Annotated, cast

import typer

from lohko_cli.options import CONFIG, EVERYWHERE, LANG, WRITING, as_of_option
from lohko_cli.options import command as make_command
from lohko_cli.session import Session, running


def _run(session: Session) -> None:
    from pathlib import Path

    from lohko.errors import UsageFault
    from lohko.running.params import ReportParams
    from lohko.running.places import as_path
    from lohko.running.reporting import ReportJob, run_report
    from lohko.running.settings import day, resolve

    given = session.given
    if given["source"] is None or given["source"] == "-":
        raise UsageFault("usage", "lohko report reads a package", hint="lohko report work/segment -o report.html")
    if given["output"] == "-":
        raise UsageFault("usage", "the terminal report needs no -o", hint="leave -o out, or name a file")
    params = cast("ReportParams", resolve("report", {"lang": given["lang"]}, session.settings, session.environment))
    as_of = session.option("as_of")
    job = ReportJob(
        Path(given["source"]),
        as_path(given["output"]),
        params.lang,
        day(as_of) if as_of else None,
        session.settings.min_group,
        given["force"],
        given["wait"],
        given["dry_run"],
        given["show_values"],
    )
    outcome, report = run_report(job, now=session.now)
    if session.as_json and job.output is None:
        session.print_json(report.as_dict())
        return
    if job.output is not None:
        session.finish(outcome)

    def show() -> None:
        from lohko_cli.view.console import make_console
        from lohko_cli.view.report import show as show_report

        show_report(report, make_console(stderr=False), params.lang)

    session.finish(outcome, show)


command = make_command(
    running("report", _run),
    """The value report: register, worth, segments, permissions, what customers say, targets, what to do first.

    **Example:** `lohko report work/segment` · `lohko report work/segment -o report.html --lang fi`

    Without `-o` it is shown here; otherwise the file's ending decides: `.html`, `.xlsx`, `.md` or `.json`.
    With `--show-values` it holds some answers as customers wrote them, which may name people.
    """,
    {
        "source": (
            Annotated[str | None, typer.Argument(metavar="IN", help="a package", show_default=False)],
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
        "lang": LANG,
        "as_of": as_of_option("the day of the package"),
        "config": CONFIG,
    },
    WRITING,
    EVERYWHERE,
)
