"""``lohko customer``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from lohko_cli.options import CONFIG, EVERYWHERE, LANG, as_of_option
from lohko_cli.options import command as make_command
from lohko_cli.session import Session, running

if TYPE_CHECKING:
    import datetime as dt

    from lohko.package.reading import Package
    from lohko.views.report.words import Words

_NEWEST = 15


def _run(session: Session) -> None:
    from pathlib import Path

    from lohko.errors import UsageFault
    from lohko.package.reading import Package
    from lohko.running.dates import check_as_of, latest_event, local_day, noted_as_of
    from lohko.running.settings import day
    from lohko.views.customer.view import customer
    from lohko.views.report.words import Words

    given = session.given
    if given["source"] is None or given["id"] is None:
        raise UsageFault(
            "usage", "lohko customer needs a package and a customer", hint="lohko customer work/segment 1017"
        )
    words = Words(session.option("lang") or "en", room="lohko.views.customer")
    words("customer.value")  # a language that is not spoken is refused before anything is read
    package = Package.open(Path(given["source"]))
    frames, asked = package.frames(), session.option("as_of")
    if given["permissions"]:
        _trail(session, words, package, day(asked) if asked else None)
        return
    noted = noted_as_of(package.history, ("value",))
    as_of = day(asked) if asked else noted
    if "value" in frames:
        check_as_of(as_of, noted)
    if as_of is None:
        as_of = latest_event(frames, package.timezone, session.now()) or local_day(session.now(), package.timezone)
    found = customer(
        frames, package.files(("model/",)), given["id"], as_of, package.timezone,
        lang=words.lang, show_values=given["show_values"], history=package.history,
    )  # fmt: skip
    limit = None if given["everything"] else given["newest"]
    if session.as_json:
        session.print_json({"schema_version": 1, "command": "customer", **found.as_dict(limit)})
        return
    from lohko_cli.view.customer import show_customer

    show_customer(found, words, limit, package.timezone, masked=not given["show_values"])


def _trail(session: Session, words: Words, package: Package, as_of: dt.date | None) -> None:
    from lohko.cleaning.permission_rules import RULES_FILE
    from lohko.views.customer.trail import trail

    found = trail(
        package.frames(), package.files((RULES_FILE,)), package.history, session.given["id"],
        as_of=as_of, timezone=package.timezone, show_values=session.given["show_values"],
    )  # fmt: skip
    if session.as_json:
        told = found.as_dict()
        told["decided"] |= {"package": package.path.name, "sha256": package.fingerprint}
        session.print_json({"schema_version": 1, "command": "customer", **told})
        return
    from lohko_cli.view.trail import show_trail

    show_trail(found, words, package.timezone, f"{package.path.name}, sha256 {package.fingerprint}")


command = make_command(
    running("customer", _run),
    """One customer, all there is: who, what may be sent, worth and why, segment, what happened, what next.

    **Example:** `lohko customer work/segment 1017` · `lohko customer work/segment aino@posti.example --lang fi --all` ·
    `lohko customer work/segment 1017 --permissions`

    ID is an id (also one from before merging, or without the prefix of its source), an e-mail address or a phone number. IN may be a
    package at any stage; what it does not know yet is said. Contacts are masked and feedback texts left out unless
    `--show-values`; an address that a register protects is never shown.
    """,
    {
        "source": (Annotated[str | None, typer.Argument(metavar="IN", help="a package", show_default=False)], None),
        "id": (Annotated[str | None, typer.Argument(metavar="ID", help="the customer", show_default=False)], None),
    },
    {
        "everything": (Annotated[bool, typer.Option("--all", help="all events, not only the newest")], False),
        "newest": (Annotated[int, typer.Option("--events", min=0, help="how many of the newest events")], _NEWEST),
        "permissions": (
            Annotated[
                bool,
                typer.Option(
                    "--permissions", help="the trail of the permissions: rules, evidence and history, to hand on"
                ),
            ],
            False,
        ),
        "lang": LANG,
        "as_of": as_of_option("the day of the package"),
        "config": CONFIG,
    },
    EVERYWHERE,
)
