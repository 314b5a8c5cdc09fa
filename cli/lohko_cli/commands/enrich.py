"""``lohko enrich``."""

from lohko_cli.stepping import step_command

command = step_command(
    "enrich",
    """Join figures of the area each customer lives in, by postcode or municipality.

    **Example:** `lohko enrich work/clean --areas paavo.csv -o work/enrich`

    The new columns of `customers` begin with `area_`: they are facts of the area, not of the person. `area_level` says whether they are
    the postcode's or, where that has no area, the municipality's.
    """,
)
