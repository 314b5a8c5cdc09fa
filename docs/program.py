"""What the program knows of its own commands and options, for the pages of reference and the manual page."""

from __future__ import annotations

import re
from typing import Any

import typer

from lohko_cli.app import build_app
from lohko_cli.options import EVERYWHERE, WRITING

SHARED = {**EVERYWHERE, **WRITING}


def program() -> Any:
    """Return the group of all commands."""
    return typer.main.get_command(build_app())


def shared_options(group: Any) -> list[Any]:
    """Return the options that commands share, as the first command that has each knows it."""
    found: dict[str, Any] = {}
    for command in group.commands.values():
        for parameter in command.params:
            if parameter.name in SHARED:
                found.setdefault(parameter.name, parameter)
    return [found[name] for name in SHARED if name in found]


def own_options(command: Any) -> list[Any]:
    """Return the options that a command does not share with the others, less those that are not shown."""
    return [p for p in command.params if p.param_type_name == "option" and p.name not in SHARED and not p.hidden]


def usage(name: str, command: Any) -> str:
    """Return a command's line of usage."""
    context = command.make_context(command.name, [], resilient_parsing=True)
    return f"lohko {name} " + " ".join(command.collect_usage_pieces(context))


def names(parameter: Any) -> list[str]:
    """Return an option's names, long ones first."""
    return sorted(parameter.opts, key=lambda name: (not name.startswith("--"), name)) + list(parameter.secondary_opts)


def described(text: str | None) -> str:
    """Return a help text in one line, without the escapes that Rich needs."""
    return re.sub(r"\s+", " ", (text or "").replace("\\[", "[")).strip()
