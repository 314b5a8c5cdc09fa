"""One run of a command: where its words go, its configuration, its clock, its log, its exit code."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from zoneinfo import ZoneInfo

import typer

if TYPE_CHECKING:
    from lohko.errors import LohkoError
    from lohko.outcome import Progress
    from lohko.running.outcome import Outcome
    from lohko.running.settings import Settings
    from lohko_cli.view.progress import Bar


class Session:
    """What a command body needs beside the library.

    Parameters
    ----------
    command : its name
    given : the values of its options by name
    """

    def __init__(self, command: str, given: Mapping[str, Any]) -> None:
        self.command = command
        self.given = given
        self.environment: Mapping[str, str] = os.environ
        self.as_json = bool(given.get("as_json"))
        self.quiet = bool(given.get("quiet"))
        self.verbose = bool(given.get("verbose"))
        self.began = time.monotonic()
        self.told = False
        self._log_path: str | None = given.get("log_file")
        self._settings: Settings | None = None
        self._bar: Bar | None = None

    @property
    def settings(self) -> Settings:
        """The configuration file's content, read once."""
        if self._settings is None:
            from lohko.running.settings import load

            path = self.given.get("config") or self.environment.get("LOHKO_CONFIG")
            self._settings = load(Path(path) if path else None)
        return self._settings

    @property
    def stdout(self) -> BinaryIO:
        """Standard output, for bytes."""
        return sys.stdout.buffer

    def now(self) -> dt.datetime:
        """Return the time, in UTC."""
        return dt.datetime.now(ZoneInfo("UTC"))

    def progress(self) -> Progress:
        """Return a progress callback: a bar on a terminal until results or errors are shown, nothing elsewhere."""
        from lohko.outcome import silent

        if self.quiet or self.as_json or not sys.stderr.isatty():
            return silent
        from lohko_cli.view.progress import Bar

        self._bar = Bar()
        return self._bar

    def end_progress(self) -> None:
        """Take the bar away: what is written now would stand behind it in its line."""
        if self._bar is not None:
            self._bar.stop()

    def option(self, name: str, *, step: str | None = None) -> str | None:
        """Return a common option (as_of, timezone, format) by the contract's precedence."""
        from lohko.running.settings import common

        return common(step or self.command, name, self.given.get(name), self.settings, self.environment)

    def doubt_variables(self) -> None:
        """Say which ``LOHKO_*`` variables nothing reads: a slip in one would change a run unseen."""
        if self.quiet or not any(name.startswith("LOHKO_") for name in self.environment):
            return
        from lohko.running.variables import unknown_variables
        from lohko_cli.view.errors import clean

        for name, near in unknown_variables(self.environment, (self.command,)):
            hint = f"; did you mean {near}?" if near else ""
            sys.stderr.write(clean(f"lohko: nothing reads the variable {name}{hint}\n"))

    def log(self, event: str, **data: Any) -> None:
        """Append one line to the log file, if there is one."""
        if self._log_path is None:
            return
        line = {"ts": self.now().isoformat(timespec="milliseconds"), "command": self.command, "event": event, **data}
        append(Path(self._log_path), json.dumps(line, ensure_ascii=False, default=str) + "\n")

    def finish(self, outcome: Outcome, more: Callable[[], None] | None = None) -> None:
        """Tell the outcome in the way that was asked for, log it, and leave with its exit code.

        ``more`` shows what the command is for, on stdout, before the words about it.
        """
        self.told = True
        self.end_progress()
        for part in outcome.parts or (outcome,):
            self.log(
                "finished",
                step=part.command,
                state=part.state,
                seconds=round(part.seconds, 3),
                accounting={
                    name: {
                        key: getattr(account, key)
                        for key in ("rows_in", "derived", "rows_out", "rejected", "merged", "dropped", "erased")
                    }
                    for name, account in part.accounting.items()
                },
                findings=[{"code": f.code, "level": f.level, "count": f.data.get("count")} for f in part.findings],
            )
        if self.as_json:
            self.print_json(outcome.as_dict())
        else:
            if more is not None:
                more()
            if not self.quiet:
                from lohko_cli.view.outcome import show_outcome

                show_outcome(outcome, verbose=self.verbose)
        if outcome.gate and not self.as_json:
            sys.stderr.write(f"lohko: {outcome.gate} (exit 1)\n")
        raise typer.Exit(outcome.exit_code)

    def print_json(self, content: Any) -> None:
        """Write one JSON object, and nothing else, to stdout."""
        from lohko.running.singles import write_all

        write_all(self.stdout, (json.dumps(content, ensure_ascii=False, indent=2, default=str) + "\n").encode())

    def fail(self, error: LohkoError) -> None:
        """Log an error on its way to ``main()``."""
        self.log("failed", code=error.code, exit_code=error.exit_code, count=error.count)


def append(path: Path, line: str) -> None:
    """Append a line to a file that only its owner may read."""
    from lohko.package.files import FILE_MODE, refusing

    with (
        refusing(path),
        os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, FILE_MODE), "a", encoding="utf-8") as handle,
    ):
        handle.write(line)


def running(name: str, body: Callable[[Session], None]) -> Callable[[dict[str, Any]], None]:
    """Wrap a command's body in a session that logs how it began and how it failed."""

    def run(given: dict[str, Any]) -> None:
        from lohko.errors import LohkoError

        session = Session(name, given)
        session.log("started")
        try:
            session.doubt_variables()
            body(session)
        except LohkoError as error:
            session.fail(error)
            raise
        except typer.Exit:
            raise
        except Exception as error:
            from lohko.package.damage import damage_behind

            damage = damage_behind(error, given.values())
            if damage is not None:
                session.fail(damage)
                raise damage from error
            session.log("failed", code="internal", exit_code=70, kind=type(error).__name__)
            raise
        finally:
            session.end_progress()
        if not session.told:
            session.log("finished", step=name, state="done", seconds=round(time.monotonic() - session.began, 3))

    return run
