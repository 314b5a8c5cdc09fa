"""The manual page, docs/lohko.1, from what the program itself knows; `make reference` writes it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from docs.program import described, names, own_options, program, shared_options, usage

from lohko import __version__
from lohko_cli.app import EPILOG
from lohko_cli.options import WRITING

_FILES = {
    "lohko.toml": "What `lohko run` does and where files, options, prices and limits stand. `lohko init` writes an annotated one. "
    "Every command reads the one in its folder, or that of `--config`.",
    "datapackage.json": "The descriptor of a package: tables, rows, sha256, the step that made it, its inputs and accounts.",
    "rejects.csv": "Rows that could not be read, with file, line, column and reason.",
}
_ENVIRONMENT = {
    "LOHKO_STEP_NAME, LOHKO_NAME": "The option NAME of a step, or of all: `LOHKO_REPORT_LANG=fi`. Flags go before them, `lohko.toml` comes after. One that nothing reads is said on stderr.",
    "LOHKO_CONFIG": "The configuration file, as `--config` names it.",
    "NO_COLOR, FORCE_COLOR": "No colours; colours where there is no terminal, too.",
}


def manual() -> str:
    """Return the manual page of all commands, in roff with the man macros."""
    group = program()
    lines = [
        ".\\\" Written by `make reference` from the program's own help.",
        f'.TH LOHKO 1 "" "lohko {__version__}" "User Commands"',
        *(".ad l", ".nh"),  # commands are not torn, neither by hyphens nor by spaces
        *(
            ".SH NAME",
            "lohko \\- customer files in; a clean register, value segments and provable marketing decisions out",
        ),
        *(".SH SYNOPSIS", ".B lohko", ".I COMMAND", "[\\fIOPTIONS\\fR] [\\fIARGUMENTS\\fR]"),
        *(".SH DESCRIPTION", *_paragraphs(_DESCRIPTION), ".SH COMMANDS"),
    ]
    for name, command in group.commands.items():
        lines += [
            f".SS lohko {name}",
            *_paragraphs(command.help or ""),
            ".PP",
            f"\\fB{_plain(usage(name, command))}\\fR",
        ]
        lines += _options(own_options(command))
        shared = [f"`{names(p)[0]}`" for p in command.params if p.name in WRITING]
        if shared:
            lines += _paragraphs(f"Also {', '.join(shared)}, and the options of every command.")
    lines += [".SH OPTIONS OF EVERY COMMAND", *_options(shared_options(group))]
    lines += [".SH EXIT STATUS", *_exits()]
    lines += [".SH ENVIRONMENT", *_terms(_ENVIRONMENT.items()), ".SH FILES", *_terms(_FILES.items())]
    lines += [
        ".SH SEE ALSO",
        *_paragraphs("`lohko COMMAND --help`; `lohko columns` for the tables; `lohko explain CODE` for any code."),
    ]
    return "\n".join(lines) + "\n"


_DESCRIPTION = """Each step reads files and writes files: a package is a folder with one file per table and a descriptor. Results go to standard
output, words to standard error. Every row is accounted for, and the same input gives the same bytes. Nothing leaves the machine.

**Start here:** `lohko init my-register --sample`, then `lohko run my-register`. Or step by step: `ingest`, `clean`, `value`, `segment`, `report`."""


def _exits() -> Iterator[str]:
    """Return the exit codes, which the program's help tells in one sentence, as a list."""
    told, rest = re.fullmatch(r"Exit codes: (.*?)\. (.*)", EPILOG, re.DOTALL).groups()  # type: ignore[union-attr]
    yield from _terms(re.match(r"([\d, ]*\d) (.*)", entry).groups() for entry in told.split("; "))  # type: ignore[union-attr,misc]
    yield from _paragraphs(rest)


def _options(options: Iterable[Any]) -> Iterator[str]:
    for option in options:
        value = f" \\fI{_plain(described(option.metavar))}\\fR" if option.metavar and not option.is_flag else ""
        shown = ", ".join(f"\\fB{_plain(name)}\\fR" for name in names(option))
        yield from (".TP", shown + value, _styled(described(option.help)))


def _terms(terms: Iterable[tuple[str, str]]) -> Iterator[str]:
    for term, text in terms:
        yield from (".TP", f"\\fB{_plain(term)}\\fR", _styled(text))


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in text.strip().split("\n\n"):
        yield from (".PP", _styled(described(paragraph)))


def _styled(text: str) -> str:
    """Return a line of roff: code and strong words of Markdown in bold."""
    parts = re.split(r"(`[^`]+`|\*\*[^*]+\*\*)", text)
    line = "".join(
        f"\\fB{_plain(part.strip('`*'))}\\fR" if place % 2 else _plain(part) for place, part in enumerate(parts)
    )
    return f"\\&{line}" if line.startswith((".", "'")) else line


def _plain(text: str) -> str:
    """Return text that roff shows as it is; hyphens stay such as can be copied into a shell."""
    return text.replace("\\", "\\e").replace("-", "\\-")
