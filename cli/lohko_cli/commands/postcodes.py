"""``lohko postcodes``."""

from lohko_cli.stepping import step_command

command = step_command(
    "postcodes",
    """Check postcodes against the codes that exist; repair only what is sure, report the rest.

    **Example:** `lohko postcodes work/ingest -o work/postcodes` · `cat crm.csv | lohko postcodes - -o fixed.csv`

    Every change is noted in the table `changes`; a code that is not certain stays as it came, with its status in
    `postcode_status`.
    """,
)
