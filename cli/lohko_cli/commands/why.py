"""``lohko why``."""

from __future__ import annotations

from typing import Annotated, cast

import typer

from lohko.matching.params import DedupeParams
from lohko_cli.options import CONFIG, EVERYWHERE, TIMEZONE, from_params
from lohko_cli.options import command as make_command
from lohko_cli.session import Session, running
from lohko_cli.stepping import IN, source_word


def _run(session: Session) -> None:
    from lohko.errors import UsageFault
    from lohko.reading.params import IngestParams
    from lohko.running.explaining import WhyJob, run_why
    from lohko.running.places import as_path
    from lohko.running.settings import resolve
    from lohko_cli.view.why import show_why

    given = session.given
    left, right = given["left"], given["right"]
    if left is None or right is None:
        raise UsageFault(
            "usage", "lohko why needs two rows", hint="lohko why work/clean LEFT RIGHT: ids of rows or customers"
        )
    asked = {name: given[name] for name in _ASKED if given[name] is not None}
    reading = cast(
        "IngestParams",
        resolve("ingest", {"timezone": session.option("timezone")}, session.settings, session.environment),
    )
    job = WhyJob(
        as_path(source_word(session)),
        left,
        right,
        cast("DedupeParams", resolve("dedupe", asked, session.settings, session.environment)),
        frozenset(asked),
        reading,
        session.settings.mapping,
        session.settings.forgotten,
    )
    told = run_why(job, progress=session.progress())
    session.end_progress()
    if session.as_json:
        session.print_json({"schema_version": 1, "command": "why", **told.as_dict(show_values=given["show_values"])})
    else:
        show_why(told, show_values=given["show_values"])


_ASKED = ("threshold", "review", "compare")

command = make_command(
    running("why", _run),
    """Why two rows are, or are not, one customer: what each field says, and what brought them together.

    **Example:** `lohko why work/clean 1017 2044` · `lohko why crm.csv 1017 2044 --show-values`

    LEFT and RIGHT are row ids (the `pairs` and `crosswalk` tables have them) or customer ids as they came; IN may be a package
    before or after dedupe, or a file. A weight is in bits: each bit for one person doubles the odds, each bit against
    halves them. Away from a terminal each line has four cells between tabs: what it is, its name, a word, a number.
    """,
    {
        "source": IN,
        "left": (Annotated[str | None, typer.Argument(metavar="LEFT", help="a row", show_default=False)], None),
        "right": (Annotated[str | None, typer.Argument(metavar="RIGHT", help="another", show_default=False)], None),
    },
    from_params(
        DedupeParams,
        panel="As dedupe takes them",
        skip=("survivorship",),
    ),
    {"timezone": TIMEZONE, "config": CONFIG},
    EVERYWHERE,
)
