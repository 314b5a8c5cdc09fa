"""``lohko segment``."""

from lohko_cli.stepping import step_command

command = step_command(
    "segment",
    """Cluster customers by what they do; name, profile and save the segments.

    **Example:** `lohko segment work/value -o work/segment` · `lohko segment work/value -o work/segment --k 6`
    """,
)
