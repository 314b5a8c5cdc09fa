"""The options all commands share, and those that come from a step's parameter class."""

from __future__ import annotations

import dataclasses
import inspect
import types
import typing
from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.models import ArgumentInfo

from lohko.parameters import Params

_COMMON = "Common options"
_RUN = "Running"
#: What the parameter of a hidden --no-NAME begins with: it turns off what lohko.toml turned on.
_NO = "no__"
_VALUES = {int: "N", float: "NUMBER"}


def _option(kind: Any, default: Any, *names: str, help: str, panel: str, **more: Any) -> tuple[Any, Any]:  # noqa: A002
    return Annotated[kind, typer.Option(*names, help=help, rich_help_panel=panel, **more)], default


def completing(choices: tuple[str, ...]) -> Callable[[str], list[str]] | None:
    """Return what completes a value in the shell; None where any value may stand, so that the shell offers files."""

    def complete(incomplete: str) -> list[str]:  # Typer finds the parameter by this name
        return [choice for choice in choices if choice.startswith(incomplete)]

    return complete if choices else None


#: Options of every command: parameter name to (annotation, default).
EVERYWHERE: dict[str, tuple[Any, Any]] = {
    "as_json": _option(bool, False, "--json", help="the outcome as one JSON object on stdout", panel=_COMMON),
    "quiet": _option(bool, False, "--quiet", "-q", help="no words but errors", panel=_COMMON),
    "verbose": _option(bool, False, "--verbose", "-v", help="more words; a trace if lohko itself fails", panel=_COMMON),
    "log_file": _option(
        str | None,
        None,
        "--log-file",
        help="append JSON lines: counts and codes, never a cell's value",
        panel=_COMMON,
        metavar="FILE",
    ),
    "show_values": _option(
        bool, False, "--show-values", help="let messages show the values they speak of", panel=_COMMON
    ),
}

#: Options of commands that write files.
WRITING: dict[str, tuple[Any, Any]] = {
    "dry_run": _option(bool, False, "--dry-run", help="say what would be done; write nothing", panel=_RUN),
    "force": _option(bool, False, "--force", help="replace an output that lohko did not write", panel=_RUN),
    "wait": _option(
        float, 0.0, "--wait", help="seconds to wait for another run's lock", panel=_RUN, metavar="SECONDS", min=0
    ),
}

CONFIG = _option(
    str | None,
    None,
    "--config",
    help="configuration file  [default: lohko.toml, if there is one]",
    panel=_COMMON,
    metavar="FILE",
)
LATEST = "the latest event in the data, at most today"


def as_of_option(default: str = LATEST) -> tuple[Any, Any]:
    """Return the option of the day, with the default that the command takes."""
    told = f"leave out everything after this day  [default: {default}]"
    return _option(str | None, None, "--as-of", help=told, panel=_RUN, metavar="DATE")


TIMEZONE = _option(
    str | None,
    None,
    "--timezone",
    help="zone in which times without one are read and days are counted",
    panel=_RUN,
    metavar="ZONE",
)
FORMAT = _option(
    str | None,
    None,
    "--format",
    help="parquet or csv  [default: parquet]",
    panel=_RUN,
    metavar="FORMAT",
    autocompletion=completing(("parquet", "csv")),
)
LANG = _option(
    str | None,
    None,
    "--lang",
    help="en, fi or sv  [default: en]",
    panel="Report",
    metavar="LANG",
    autocompletion=completing(("en", "fi", "sv")),
)


def from_params(kind: type[Params], panel: str = "What this step takes", skip: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return a command's options for a parameter class: one each field, with its help, limits and default."""
    hints = typing.get_type_hints(kind)
    found: dict[str, tuple[Any, Any]] = {}
    for entry in dataclasses.fields(kind):
        if entry.name in skip:
            continue
        hint = hints[entry.name]
        kinds = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
        value = next(k for k in kinds if k is not types.NoneType)
        names = [f"--{entry.name.replace('_', '-')}"]
        default = entry.default
        if value is bool and default:
            names = [f"{names[0]}/--no-{names[0][2:]}"]
            default = None  # told by the option's second name
        elif value is bool:
            default = None
            found[f"{_NO}{entry.name}"] = Annotated[bool, typer.Option(f"--no-{names[0][2:]}", hidden=True)], False
        if typing.get_origin(value) is tuple:
            value = list[str]
        text = entry.metadata["help"]
        if entry.metadata["choices"]:
            text += f" ({', '.join(entry.metadata['choices'])})"
        if default not in (None, ()):
            shown = ", ".join(default) if isinstance(default, tuple) else default
            text += f"  \\[default: {shown}]"
        metavar = entry.metadata["metavar"] or ("WORD" if entry.metadata["choices"] else None)
        found[entry.name] = (
            Annotated[
                value | None,
                typer.Option(
                    *names,
                    help=text,
                    rich_help_panel=panel,
                    show_default=False,
                    metavar=metavar,
                    autocompletion=completing(entry.metadata["choices"]),
                ),
            ],
            None,
        )
    return found


def _name_the_value(annotation: Any) -> None:
    """Give an option's value a name for the help, where it has none; a switch takes no value and shows none."""
    hint, info = typing.get_args(annotation)[:2]
    kinds = [kind for kind in typing.get_args(hint) or (hint,) if kind is not types.NoneType]
    if info.metavar is None and not isinstance(info, ArgumentInfo):
        info.metavar = "" if kinds[0] is bool else _VALUES.get(kinds[0], "TEXT")


def command(
    body: Callable[..., None], doc: str, arguments: dict[str, tuple[Any, Any]], *options: dict[str, tuple[Any, Any]]
) -> Callable[..., None]:
    """Return a function that Typer reads as a command with these arguments and options.

    ``body`` is called with one dictionary of all values by name.
    """
    parameters: dict[str, tuple[Any, Any]] = dict(arguments)
    for group in options:
        parameters.update(group)

    for annotation, _ in parameters.values():
        _name_the_value(annotation)

    def run(**given: Any) -> None:
        for name in [name for name in given if name.startswith(_NO)]:
            if given.pop(name):
                given[name.removeprefix(_NO)] = False
        body(given)

    run.__doc__ = doc
    run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
            for name, (annotation, default) in parameters.items()
        ]
    )
    run.__annotations__ = {name: annotation for name, (annotation, _) in parameters.items()}
    return run
