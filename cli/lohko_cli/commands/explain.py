"""``lohko explain``."""

from __future__ import annotations

from typing import Annotated

import typer

from lohko_cli.options import EVERYWHERE
from lohko_cli.options import command as make_command
from lohko_cli.session import Session, running


def _run(session: Session) -> None:
    import difflib

    from lohko.codes import registry
    from lohko.errors import InputRefused
    from lohko_cli.view.listing import show_code, show_codes

    word = session.given["code"]
    known = registry()
    if word is None:
        if session.as_json:
            session.print_json(
                {
                    "schema_version": 1,
                    "codes": [{"code": c.code, "kind": c.kind, "title": c.title} for c in known.values()],
                }
            )
        else:
            show_codes(list(known.values()))
        return
    code = word.strip().lower().removeprefix("error[").rstrip("]").replace("-", "_")
    if code not in known:
        near = difflib.get_close_matches(code, known, 1)
        hint = f"did you mean '{near[0]}'?" if near else "`lohko explain` alone lists them all"
        raise InputRefused("no_such_code", f"there is no code '{word}'", hint=hint)
    found = known[code]
    if session.as_json:
        content = {"code": found.code, "kind": found.kind, "title": found.title, "text": found.text, "fix": found.fix}
        session.print_json({"schema_version": 1, **content})
    else:
        show_code(found)


command = make_command(
    running("explain", _run),
    """What an error, reject, finding or reason code means, and what to do.

    **Example:** `lohko explain no_customer`
    """,
    {"code": (Annotated[str | None, typer.Argument(metavar="CODE", help="a code", show_default=False)], None)},
    EVERYWHERE,
)
