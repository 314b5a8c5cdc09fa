"""What a command did, in a few lines on stderr: rows in and out, what is worth telling, where the result lies."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from lohko_cli.view.errors import clean, coloured

if TYPE_CHECKING:
    from lohko.outcome import Account, Finding
    from lohko.running.outcome import Outcome

_WORDS = {"done": "done", "up_to_date": "up to date", "dry_run": "dry run, nothing written"}


def show_outcome(outcome: Outcome, *, verbose: bool = False) -> None:
    """Print the outcome (and those of its parts) to stderr."""
    lines: list[str] = []
    for part in outcome.parts:
        lines += _lines(part, verbose=verbose, brief=True)
    lines += _lines(outcome, verbose=verbose, brief=False)
    sys.stderr.write("\n".join(lines) + "\n")


def _lines(outcome: Outcome, *, verbose: bool, brief: bool) -> list[str]:
    bold, off = ("\x1b[1m", "\x1b[0m") if coloured() else ("", "")
    where = f" -> {clean(outcome.output)}" if outcome.output not in {None, "-"} else ""
    when = f", as of {outcome.as_of}" if outcome.as_of else ""
    lines = [f"{bold}{outcome.command}{off}: {_WORDS[outcome.state]}{where}{when} ({outcome.seconds:.1f} s)"]
    if outcome.state == "up_to_date":
        return lines
    width = max((len(name) for name in outcome.accounting), default=0)
    for name, account in outcome.accounting.items():
        if account.rows_in == account.rows_out and not verbose and brief:
            continue
        lines.append(f"  {name:<{width}}  {_account(account)}")
    warnings = [finding for finding in outcome.findings if finding.level == "warning"]
    told = outcome.findings if verbose or not brief else warnings
    lines += [_finding(finding) for finding in told]
    for key in ("would_make", "would_carry"):
        if outcome.figures.get(key):
            lines.append(f"  {key.replace('_', ' ')}: {', '.join(outcome.figures[key])}")
    return lines


def _account(account: Account) -> str:
    parts = []
    if account.rows_in:
        parts.append(f"{account.rows_in:,} rows in")
    for name in ("derived", "rejected", "merged", "dropped", "erased"):
        count = getattr(account, name)
        if count:
            parts.append(f"{count:,} {name}")
    return ", ".join([*parts, f"{account.rows_out:,} out"])


def _finding(finding: Finding) -> str:
    mark = "!" if finding.level == "warning" else "-"
    return f"  {mark} {clean(finding.text)}"
