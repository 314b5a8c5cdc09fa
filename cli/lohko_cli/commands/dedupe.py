"""``lohko dedupe``."""

from lohko_cli.stepping import step_command

command = step_command(
    "dedupe",
    """Find duplicate customers, explain them, and merge them; every other table follows.

    **Example:** `lohko dedupe work/ingest -o work/dedupe` · `lohko dedupe crm.csv -o work/crm`

    The package tells all: `crosswalk` (which row became which customer), `pairs` (weights field by field), `originals`
    (the rows as they came), `changes`.
    """,
)
