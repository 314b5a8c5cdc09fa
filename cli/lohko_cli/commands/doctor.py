"""``lohko doctor``."""

from __future__ import annotations

from lohko_cli.options import EVERYWHERE
from lohko_cli.options import command as make_command
from lohko_cli.session import Session, running


def _run(session: Session) -> None:
    from lohko.running.doctor import examine
    from lohko_cli.view.listing import show_checks

    checks = examine()
    if session.as_json:
        session.print_json(
            {
                "schema_version": 1,
                "checks": [{"what": c.what, "found": c.found, "well": c.well, "advice": c.advice} for c in checks],
            }
        )
    else:
        show_checks(checks)


command = make_command(
    running("doctor", _run),
    """What lohko finds on this machine: versions, disk, locks, memory, terminal.

    **Example:** `lohko doctor --json`
    """,
    {},
    EVERYWHERE,
)
