"""Errors as a person reads them: code, place, what is wrong, what to do; as JSON where that was asked for."""

from __future__ import annotations

import json
import sys
import traceback
from typing import TYPE_CHECKING

from lohko.errors import LohkoError, UsageFault

if TYPE_CHECKING:
    from typer import TyperException

_SHOWN = 5


def misused(error: TyperException) -> UsageFault:
    """Bring an error of Typer's own (an unknown option, a value of the wrong kind) into the shape of all others."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "lohko"
    return UsageFault("usage", error.format_message().rstrip("."), hint=f"see {command} --help")


def show_error(error: LohkoError, words: list[str]) -> int:
    """Print an error to stderr (or as JSON to stdout) and return its exit code."""
    if "--json" in words:
        shown = {"values": list(error.values[:_SHOWN])} if error.values and "--show-values" in words else {}
        content = {
            "schema_version": 1,
            "exit_code": error.exit_code,
            "error": {**error.as_dict(), **shown},
        }
        sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=2) + "\n")
        return error.exit_code
    bold, red, off = ("\x1b[1m", "\x1b[31m", "\x1b[0m") if coloured() else ("", "", "")
    lines = [f"{bold}{red}error[{error.code}]{off}{bold}: {error.message}{off}"]
    for place in error.places[:_SHOWN]:
        named = f", column '{place.column_name}'" if place.column_name else ""
        lines.append(f"  --> {place}{named}")
    more = error.count - min(len(error.places), _SHOWN)
    if error.places and more > 0:
        lines.append(f"      and {more} more")
    if error.values and "--show-values" in words:
        lines += [f"  = value: {value!r}" for value in error.values[:_SHOWN]]
    if error.hint:
        lines.append(f"  = help: {error.hint}")
    lines.append(f"  = see: lohko explain {error.code}")
    sys.stderr.write("\n".join(clean(line) if not coloured() else line for line in lines) + "\n")
    return error.exit_code


def show_fault(error: BaseException | str, words: list[str]) -> None:
    """Say that lohko itself failed; the trace only with -v, since a library's message may quote a cell."""
    kind = error if isinstance(error, str) else type(error).__name__
    advice = "run it again with -v and report the trace with the output of `lohko doctor`"
    if isinstance(error, ModuleNotFoundError) and error.name and not error.name.startswith("lohko"):
        kind = f"the library {error.name} is missing from its installation"
        advice = "install lohko anew, with what it needs: `pip install --upgrade --force-reinstall lohko`, or `make demo` in its source"
    if "--json" in words:
        content = {"schema_version": 1, "exit_code": 70, "error": {"code": "internal", "message": kind}}
        sys.stdout.write(json.dumps(content) + "\n")
    else:
        sys.stderr.write(
            f"error[internal]: a fault of lohko: {kind}. Nothing was written.\n"
            f"  = help: {advice}\n"
            "  = see: lohko explain internal\n"
        )
    if isinstance(error, BaseException) and any(word in {"-v", "--verbose"} for word in words):
        sys.stderr.write("".join(traceback.format_exception(error)))


def coloured() -> bool:
    """Tell whether stderr takes colours."""
    import os

    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def clean(text: str) -> str:
    """Return text without control characters (a path or header may hold some)."""
    return "".join(c if c.isprintable() or c in "\n\t" else "�" for c in text)
