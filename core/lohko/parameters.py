"""Parameters of steps: frozen dataclasses whose fields carry their help, limits and choices.

From these come the command's options, the keys of ``lohko.toml``, ``--dry-run`` and the docs. This module and every
``params.py`` import nothing heavy, since ``lohko --help`` reads them.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from lohko.errors import UsageFault


def option(
    default: Any,
    help: str,  # noqa: A002 - the word every command line uses
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    metavar: str | None = None,
    file: bool = False,
    table: str | None = None,
) -> Any:
    """Describe one parameter: its default, help text, and the values it takes.

    ``low`` and ``high`` are inclusive. For tuple-valued parameters the choices hold for each member. A ``file`` is the path
    of a file whose content the step finds in ``Env.given`` under the parameter's name; with a ``table`` it is read as that one, in place
    of the input's.
    """
    return dataclasses.field(
        default=default,
        metadata={
            "help": help,
            "low": low,
            "high": high,
            "choices": choices,
            "metavar": metavar,
            "file": file,
            "table": table,
        },
    )


def package_option(help: str, *, files: tuple[str, ...] = (), needed: bool = False) -> Any:  # noqa: A002
    """Describe a parameter that names another package, which the shell opens and hands to the step in ``Env.others``.

    Parameters
    ----------
    help : the option's help text
    files : prefixes of the small files the step reads there (``model/``); its tables are always at hand
    needed : whether the step cannot do without it
    """
    shared = {"help": help, "low": None, "high": None, "choices": (), "metavar": "PACKAGE"}
    return dataclasses.field(default=None, metadata={**shared, "package": files, "needed": needed})


@dataclass(frozen=True, slots=True)
class Params:
    """Base of all parameter classes: checks every field against its limits when made.

    Raises
    ------
    UsageFault
        A value is outside its limits or choices (code ``option_value``).
    """

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if value is None:
                continue
            low, high, choices = (field.metadata.get(key) for key in ("low", "high", "choices"))
            name = field.name.replace("_", "-")
            members = value if isinstance(value, tuple) else (value,)
            for member in members:
                if isinstance(member, float) and not math.isfinite(member):
                    raise UsageFault("option_value", f"--{name} is {member}", hint="it takes a number")
                if choices and member not in choices:
                    near = difflib.get_close_matches(str(member), choices, 1)
                    raise UsageFault(
                        "option_value",
                        f"--{name} does not take '{member}'",
                        hint=f"did you mean '{near[0]}'?" if near else f"choose one of {', '.join(choices)}",
                    )
                if (low is not None and member < low) or (high is not None and member > high):
                    span = (
                        f"at least {low}" if high is None else f"at most {high}" if low is None else f"{low} to {high}"
                    )
                    raise UsageFault("option_value", f"--{name} is {member}", hint=f"it takes {span}")

    @classmethod
    def file_names(cls) -> tuple[str, ...]:
        """Return the names of the parameters that are paths of files."""
        return tuple(field.name for field in dataclasses.fields(cls) if field.metadata.get("file"))

    @classmethod
    def package_files(cls) -> dict[str, tuple[str, ...]]:
        """Return the parameters that name other packages, and the prefixes of the small files that are read there."""
        return {
            field.name: field.metadata["package"] for field in dataclasses.fields(cls) if "package" in field.metadata
        }

    def as_dict(self) -> dict[str, Any]:
        """Return the parameters as plain JSON values, for the descriptor; of a file's or package's path only the name."""
        found = {
            key: list(value) if isinstance(value, tuple) else value for key, value in dataclasses.asdict(self).items()
        }
        for name in (*self.file_names(), *self.package_files()):
            if found[name] is not None:
                found[name] = PurePath(str(found[name])).name
        return found
