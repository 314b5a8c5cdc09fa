"""``lohko assign``."""

from lohko_cli.stepping import step_command

command = step_command(
    "assign",
    """Give customers the segments of a saved model; nothing is fitted anew.

    **Example:** `lohko assign work/value --model work/segment -o work/assign` · `lohko assign work/value --model 2025/segment -o
    work/assign --max-drift 0.25`

    The same customer gets the same segment, alone or among others. How far behaviour and the segments' shares have drifted since the
    model was made is told; `--max-drift` makes it a gate: all is written, and the exit code is 1.
    """,
)
