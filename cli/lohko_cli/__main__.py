"""``python -m lohko_cli``."""

from lohko_cli.app import main

main()
