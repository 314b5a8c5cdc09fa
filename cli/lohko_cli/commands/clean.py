"""``lohko clean``."""

from lohko_cli.stepping import step_command

command = step_command(
    "clean",
    """Contacts, postcodes, duplicates and permissions in one go.

    **Example:** `lohko clean work/ingest -o work/clean`
    """,
)
