"""``lohko value``."""

from lohko_cli.stepping import step_command

command = step_command(
    "value",
    """Customer value in three dimensions: money, visits and social acts.

    **Example:** `lohko value work/clean -o work/value --as-of 2026-10-31`
    """,
)
