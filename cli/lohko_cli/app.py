"""The Typer app and ``main()``, the one place where errors become exit codes."""

from __future__ import annotations

import errno
import importlib
import inspect
import os
import sys
from typing import Annotated, NoReturn

import typer

from lohko import __version__

EPILOG = (
    "Exit codes: 0 done or up to date; 1 done, but a gate you set was crossed; 2 usage or configuration; 3 input refused; "
    "4 output refused; 5 locked by another run; 70 a fault of lohko; 129, 130, 141, 143 stopped from outside. "
    "Any code but 0 and 1 means that nothing was written."
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"lohko {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None:
    """Hold what stands before a command's name."""


def _help(doc: str) -> tuple[str, str]:
    """Return a command's short help (its first line) and its help, with the example put first."""
    paragraphs = inspect.cleandoc(doc).split("\n\n")
    examples = [p for p in paragraphs if p.startswith("**Example")]
    rest = [p for p in paragraphs if not p.startswith("**Example")]
    return paragraphs[0], "\n\n".join((*examples, *rest))


COMMANDS = {
    "Start": ("init", "run"),
    "Steps": ("ingest", "health", "clean", "postcodes", "dedupe", "consents", "enrich", "value", "segment", "assign"),
    "Look and ask": (
        "report",
        "compare",
        "customer",
        "why",
        "export",
        "forget",
        "show",
        "columns",
        "explain",
        "doctor",
    ),
}


def build_app(only: str | None = None) -> typer.Typer:
    """Return the whole program, or, since loading all commands takes longer than many of them, the one command that was named."""
    app = typer.Typer(
        name="lohko",
        no_args_is_help=True,
        rich_markup_mode="markdown",
        pretty_exceptions_enable=False,
        epilog=EPILOG,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(
        help="""**Start here:** `lohko init my-register --sample`, then `lohko run my-register`

        Customer files in; a clean register, value segments and provable marketing decisions out.
        """
    )(_root)
    for panel, names in COMMANDS.items():
        for name in names:
            if only in {None, name}:
                module = importlib.import_module(f"lohko_cli.commands.{name}")
                short, text = _help(module.command.__doc__ or "")
                app.command(name, help=text, short_help=short, rich_help_panel=panel)(module.command)
    return app


def _named(words: list[str]) -> str | None:
    """Return the command that the words begin with; None where help, completion or a mistake needs all of them."""
    known = {name for names in COMMANDS.values() for name in names}
    return words[0] if words and words[0] in known and "_LOHKO_COMPLETE" not in os.environ else None


def main() -> None:
    """Run the program and leave with the contract's exit codes."""
    from lohko.errors import LohkoError
    from lohko_cli import completion, signals, streams

    streams.mend()
    signals.install()
    words = sys.argv[1:]
    if "_LOHKO_COMPLETE" in os.environ:
        # a shell asks for completions: a description that Rich breaks at its width would be two of them
        os.environ["TERMINAL_WIDTH"] = "1000"
    try:
        if completion.asked_for(words):
            completion.give(words)
            _leave(0)
        # without any words Typer shows the help; its own errors are brought into the one shape of all
        code = build_app(_named(words))(standalone_mode=not words)
        _leave(code if isinstance(code, int) else 0)
    except LohkoError as error:
        from lohko_cli.view.errors import show_error

        _leave(show_error(error, words))
    except typer.TyperException as error:
        from lohko_cli.view.errors import misused, show_error

        _leave(show_error(misused(error), words))
    except BrokenPipeError:
        _leave(141)
    except KeyboardInterrupt:
        signals.leave(130)
    except SystemExit:
        raise
    except MemoryError:
        _fault("out of memory")
    except OSError as error:
        _leave(_unwritten(error) or _fault(error))
    except BaseException as error:  # noqa: BLE001 - a crash (polars' panics are no Exceptions) must not look like exit 1
        _fault(error)


def _leave(code: int) -> NoReturn:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = 141
    except OSError as error:
        code = _unwritten(error) or 70
    # what is left in the buffer of a closed pipe must not raise again while Python ends
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)


def _unwritten(error: OSError) -> int:
    """Say that standard output is full or closed; 0 where the error is another."""
    from lohko.errors import OutputRefused
    from lohko.package.files import REASONS
    from lohko_cli.view.errors import show_error

    if error.filename is not None or error.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EBADF}:
        return 0
    message = f"standard output cannot be written: {REASONS[error.errno]}"
    words = [word for word in sys.argv[1:] if word != "--json"]  # JSON would go where nothing can go
    return show_error(OutputRefused("output_refused", message), words)


def _fault(error: BaseException | str) -> NoReturn:
    """Say that the tool is at fault; the trace only with -v, since library messages can quote cells."""
    from lohko_cli.view.errors import show_fault

    show_fault(error, sys.argv[1:])
    _leave(70)
