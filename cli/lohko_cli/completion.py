"""``--show-completion NAME`` and ``--install-completion NAME``: completion for a shell that is named, not the one lohko was started from.

Without a name they are Typer's own, which finds the shell out; a name beside them it would pass over in silence.
"""

from __future__ import annotations

from collections.abc import Sequence

_OPTIONS = ("--show-completion", "--install-completion")
_SHELLS = ("bash", "zsh", "fish", "powershell", "pwsh")


def asked_for(words: Sequence[str]) -> bool:
    """Tell whether the command line is one of the options with a shell's name."""
    option, _, name = words[0].partition("=") if words else ("", "", "")
    return option in _OPTIONS and (bool(name) or len(words) > 1)


def give(words: Sequence[str]) -> None:
    """Print the completion of the named shell, or install it.

    Raises
    ------
    UsageFault
        ``option_value``: no shell that completion is known for.
    """
    import typer
    from typer.completion import get_completion_script, install  # type: ignore[attr-defined]

    from lohko.errors import UsageFault

    option, _, name = " ".join(words).replace("=", " ", 1).partition(" ")
    if name not in _SHELLS:
        raise UsageFault(
            "option_value", f"{option} does not take '{name}'", hint=f"name one of {', '.join(_SHELLS)}, or none"
        )
    if option == "--show-completion":
        typer.echo(get_completion_script(prog_name="lohko", complete_var="_LOHKO_COMPLETE", shell=name))
        return
    shell, path = install(shell=name, prog_name="lohko", complete_var="_LOHKO_COMPLETE")
    typer.echo(f"{shell} completion installed in {path}; open a new terminal", err=True)
