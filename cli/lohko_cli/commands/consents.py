"""``lohko consents``."""

from lohko_cli.stepping import step_command

command = step_command(
    "consents",
    """Decide, customer by customer and channel by channel, who may be contacted, and on what evidence.

    **Example:** `lohko consents work/dedupe -o work/consents --as-of 2026-10-31`

    Nothing is allowed unless a rule says so. `lohko explain CODE` tells what a reason means.
    """,
)
