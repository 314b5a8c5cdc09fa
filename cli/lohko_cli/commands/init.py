"""``lohko init``."""

from __future__ import annotations

from typing import Annotated

import typer

from lohko_cli.options import EVERYWHERE, WRITING
from lohko_cli.options import command as make_command
from lohko_cli.session import Session, running


def _run(session: Session) -> None:
    from pathlib import Path

    from lohko.running.starting import start

    given = session.given
    outcome = start(
        Path(given["folder"] or "."), sample=given["sample"], force=given["force"], dry_run=given["dry_run"]
    )
    session.finish(outcome)


command = make_command(
    running("init", _run),
    """Write an annotated lohko.toml to begin with, and the sample data if you like.

    **Example:** `lohko init my-register --sample`, then `lohko run my-register`
    """,
    {"folder": (Annotated[str | None, typer.Argument(metavar="DIR", help="the folder", show_default="here")], None)},
    {
        "sample": (
            Annotated[bool, typer.Option("--sample", help="with the files of a small invented media company")],
            False,
        )
    },
    {name: WRITING[name] for name in ("dry_run", "force")},
    EVERYWHERE,
)
