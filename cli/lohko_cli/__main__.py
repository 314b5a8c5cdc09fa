"""The program's entry: ``lohko`` and ``python -m lohko_cli``."""

from __future__ import annotations


def main() -> None:
    """Listen for signals before anything slow is imported, then run the program."""
    from lohko_cli import signals, streams

    streams.mend()
    signals.install()

    from lohko_cli.app import main as run

    run()


if __name__ == "__main__":
    main()
