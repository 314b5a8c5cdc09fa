"""The Typer app and ``main()``, the one place where errors become exit codes."""

from __future__ import annotations

import errno
import inspect
import os
import sys
from typing import Annotated, NoReturn

import typer

from lohko import __version__
from lohko_cli.commands import (
    assign,
    clean,
    columns,
    compare,
    consents,
    customer,
    dedupe,
    doctor,
    enrich,
    explain,
    export,
    forget,
    health,
    ingest,
    init,
    postcodes,
    report,
    run,
    segment,
    show,
    value,
    why,
)

EPILOG = (
    "Exit codes: 0 done or up to date; 1 done, but a gate you set was crossed; 2 usage or configuration; 3 input refused; "
    "4 output refused; 5 locked by another run; 70 a fault of lohko; 129, 130, 141, 143 stopped from outside. "
    "Any code but 0 and 1 means that nothing was written."
)

app = typer.Typer(
    name="lohko",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"lohko {__version__}")
        raise typer.Exit


@app.callback(
    help="""**Start here:** `lohko init my-register --sample`, then `lohko run my-register`

    Customer files in; a clean register, value segments and provable marketing decisions out.
    """
)
def root(
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


START, STEPS, LOOK = "Start", "Steps", "Look and ask"
for panel, modules in (
    (START, (init, run)),
    (STEPS, (ingest, health, clean, postcodes, dedupe, consents, enrich, value, segment, assign)),
    (LOOK, (report, compare, customer, why, export, forget, show, columns, explain, doctor)),
):
    for module in modules:
        short, text = _help(module.command.__doc__ or "")
        name = module.__name__.rpartition(".")[2]
        app.command(name, help=text, short_help=short, rich_help_panel=panel)(module.command)


def main() -> None:
    """Run the program and leave with the contract's exit codes."""
    from lohko.errors import LohkoError
    from lohko_cli import signals, streams

    streams.mend()
    signals.install()
    words = sys.argv[1:]
    if "_LOHKO_COMPLETE" in os.environ:
        # a shell asks for completions: a description that Rich breaks at its width would be two of them
        os.environ["TERMINAL_WIDTH"] = "1000"
    try:
        # without any words Typer shows the help; its own errors are brought into the one shape of all
        code = app(standalone_mode=not words)
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
