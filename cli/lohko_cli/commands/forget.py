"""``lohko forget``."""

from __future__ import annotations

from typing import Annotated

import typer

from lohko_cli.options import CONFIG, EVERYWHERE, WRITING
from lohko_cli.options import command as make_command
from lohko_cli.session import Session, running


def _run(session: Session) -> None:
    from pathlib import Path

    from lohko.errors import UsageFault
    from lohko.running.forgetting import ForgetJob, run_forget
    from lohko.running.places import as_path

    given = session.given
    if not given["packages"]:
        raise UsageFault("usage", "lohko forget needs packages", hint="lohko forget work --id 1017")
    job = ForgetJob(
        [as_path(word) or Path(word) for word in given["packages"]],
        given["id"] or (),
        session.settings.forgotten,
        given["force"],
        given["wait"],
        given["dry_run"],
        given["show_values"],
    )
    session.finish(run_forget(job, now=session.now, progress=session.progress()))


command = make_command(
    running("forget", _run),
    """Erase a person from packages, everywhere in them; remember it, so that the next import leaves them out; prove it.

    **Example:** `lohko forget work --id 1017 --dry-run` · `lohko forget work --id 1017` ·
    `lohko forget work/ingest work/clean --id crm:1017 --id shop:55`

    All rows that were merged with the person's go, and what rejects, changes, pairs, questions and answers say of them. The file
    `[privacy] forgotten` of lohko.toml keeps hashes, no values; `ingest` heeds it. Afterwards every file is read back and
    searched; exit 1 if anything is left. Without `--id` those who were forgotten before are erased, such as from a
    package that was restored.
    """,
    {
        "packages": (
            Annotated[
                list[str] | None,
                typer.Argument(
                    metavar="PACKAGE",
                    help="packages, or folders that hold packages, such as work",
                    show_default=False,
                ),
            ],
            None,
        )
    },
    {
        "id": (
            Annotated[
                list[str] | None,
                typer.Option(
                    "--id",
                    metavar="ID",
                    help="the customer's id, as `lohko show PACKAGE customers` has it, or one from before merging; may be repeated",
                    show_default=False,
                ),
            ],
            None,
        ),
        "config": CONFIG,
    },
    WRITING,
    EVERYWHERE,
)
