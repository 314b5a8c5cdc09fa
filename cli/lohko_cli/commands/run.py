"""``lohko run``."""

from __future__ import annotations

from typing import Annotated

import typer

from lohko_cli.options import EVERYWHERE, WRITING, as_of_option
from lohko_cli.options import command as make_command
from lohko_cli.session import Session, running


def _run(session: Session) -> None:
    import sys
    from pathlib import Path

    from lohko.running.chain import Chain, run_chain
    from lohko.running.settings import FILE, day, load

    given = session.given
    word = Path(given["file"]) if given["file"] else Path(FILE)
    settings = load(word / FILE if word.is_dir() else word)

    def announce(name: str) -> None:
        if not session.quiet and not session.as_json:
            sys.stderr.write(f"· {name}\n" if sys.stderr.isatty() else "")

    chain = Chain(
        settings,
        session.environment,
        day(given["as_of"]) if given["as_of"] else None,
        given["rerun"],
        given["first"],
        given["last"],
        given["force"],
        given["wait"],
        given["dry_run"],
        session.progress(),
        announce,
    )
    session.finish(run_chain(chain, now=session.now))


command = make_command(
    running("run", _run),
    """Run the chain of steps in lohko.toml; what is up to date is skipped.

    **Example:** `lohko run` · `lohko run sample/lohko.toml --from value`
    """,
    {
        "file": (
            Annotated[
                str | None,
                typer.Argument(metavar="lohko.toml", help="the configuration, or its folder", show_default=False),
            ],
            None,
        )
    },
    {
        "rerun": (Annotated[bool, typer.Option("--rerun", help="run all steps, up to date or not")], False),
        "first": (Annotated[str | None, typer.Option("--from", metavar="STEP", help="begin with this step")], None),
        "last": (Annotated[str | None, typer.Option("--until", metavar="STEP", help="end with this step")], None),
        "as_of": as_of_option("each step's own: the latest event; permissions take today"),
    },
    WRITING,
    EVERYWHERE,
)
