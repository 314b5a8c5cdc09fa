"""Personal identity codes (Finland, Sweden, Denmark, Norway, Estonia) in any text, and in comparing form."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

# The two that look like nothing else (date, sign, number) are sought by form; their check sign tells a slip from a code,
# but a code with a slip names its person as well, so the date decides.
_FINNISH = re.compile(r"(?<![0-9A-Za-z])(\d{6})[-+ABCDEFYXWVU](\d{3})[0-9A-FHJ-NPR-Y](?![0-9A-Za-z])", re.IGNORECASE)
_SWEDISH = re.compile(r"(?<![0-9])(?:\d{2})?\d{6}[-+]\d{4}(?![0-9])")
_DANISH = re.compile(r"(?<![0-9])\d{6}-\d{4}(?![0-9])")
_ELEVEN = re.compile(r"(?<![0-9])\d{11}(?![0-9])|(?<![0-9])\d{6} \d{5}(?![0-9])")
#: A text without this holds no code.
DIGITS = r"\d{6}"
# What may stand beside a code in the cell of the one whose it is; anything more is a text, which may speak of somebody else.
_TITLE = re.compile(
    r"[\W_]*(?:(?:h(?:enkil[öo]|l[öo]|t)?-?|sosiaaliturva)?tunnus|hetu|sotu|person(?:nummer|beteckning)|pnr|cpr|ssn|id)?[\W_]*",
    re.IGNORECASE,
)


def personal_codes(text: str) -> list[str]:
    """Return the codes that stand in a text, as they are written, each once."""
    found = [match[0] for match in _FINNISH.finditer(text) if _valid_date(match[1])]
    found += [
        match[0]
        for pattern, checks in _checked_by_sign()
        for match in pattern.finditer(text)
        if any(_passes(check, match[0]) for check in checks)
    ]
    return list(dict.fromkeys(found))


def code_alone(text: str) -> str | None:
    """Return the code that a cell consists of, so that it is that of the row's own person; None where it is a text, or holds none."""
    found = personal_codes(text)
    if not found or not _TITLE.fullmatch(text.replace(found[0], " ")):
        return None
    return found[0]


def code_key(code: str) -> str:
    """Return a code for comparing: without sign and century, which one system writes and another leaves out."""
    plain = re.sub(r"[\s+-]", "", code).upper()
    return plain[2:] if re.fullmatch(r"(?:18|19|20)\d{10}", plain) else plain


@cache
def _checked_by_sign() -> tuple[tuple[re.Pattern[str], tuple[Callable[[str], object], ...]], ...]:
    from stdnum.dk import cpr  # here, since they bring ssl along: not every run looks for codes
    from stdnum.ee import ik
    from stdnum.fi import hetu
    from stdnum.no import fodselsnummer
    from stdnum.se import personnummer

    def finnish(code: str) -> object:
        return hetu.validate(code, allow_temporary=True)

    return (
        (_FINNISH, (finnish,)),
        (_SWEDISH, (personnummer.validate,)),
        (_DANISH, (cpr.validate,)),
        (_ELEVEN, (fodselsnummer.validate, ik.validate)),
    )


def _valid_date(digits: str) -> bool:
    day, month = int(digits[:2]), int(digits[2:4])
    return 1 <= day <= 31 and 1 <= month <= 12


def _passes(check: Callable[[str], object], code: str) -> bool:
    from stdnum.exceptions import ValidationError

    try:
        check(code)
    except ValidationError:
        return False
    return True
