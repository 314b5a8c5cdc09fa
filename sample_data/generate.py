"""Write the sample data again: ``python sample_data/generate.py [--out DIR]``. Same bytes every time."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Read the command line and write all files beside this one, or into ``--out``."""
    parser = argparse.ArgumentParser(description="Write the sample data of an invented media house.")
    parser.add_argument(
        "--out", type=Path, default=HERE, metavar="DIR", help="where to write (default: beside this file)"
    )
    arguments = parser.parse_args()
    sys.path.insert(0, str(HERE.parent))
    from sample_data.generator.company import generate

    counts = generate(arguments.out)
    for name in sorted(counts):
        sys.stdout.write(f"{name:32} {counts[name]:>8}\n")


if __name__ == "__main__":
    main()
