"""Finnish and Åland postcodes: format faults, lost zeros, one-digit errors, each judged with the place name beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from lohko.cleaning import postal_lists
from lohko.cleaning.postal_verdict import Verdict

_PREFIX = re.compile(r"^(?:FIN|FI|AX|SF)[-–.:]?(?=[\dO])")
_DECIMALS = re.compile(r"[.,]0+$")
_DIGITS_AND_O = re.compile(r"^[\dO]+$")
_VALID = {"normal": "valid", "po_box": "valid_po_box", "corporate": "valid_corporate"}
# Types that a street address, or a PO box, can have: the rest are no candidates for it.
_TYPES_OF = {"street": {"normal", None}, "po_box": {"po_box", "corporate", None}}


@dataclass(frozen=True, slots=True)
class Address:
    """What stands beside a Finnish postcode.

    Attributes
    ----------
    city, municipality : names in comparing form, or None
    kind : ``street``, ``po_box``, or None where there is no street
    """

    city: str | None = None
    municipality: str | None = None
    kind: str | None = None

    @property
    def placed(self) -> bool:
        """Whether any place name stands beside the code."""
        return self.city is not None or self.municipality is not None


@cache
def _types() -> dict[str, str | None]:
    return dict(postal_lists.finland().iter_rows())


@cache
def _names() -> dict[str, frozenset[str]]:
    names: dict[str, set[str]] = {}
    for code, name in postal_lists.finnish_names().iter_rows():
        names.setdefault(code, set()).add(name)
    return {code: frozenset(found) for code, found in names.items()}


@cache
def _retired() -> frozenset[str]:
    return frozenset(postal_lists.finland_retired())


def cleaned(raw: str) -> str:
    """Return the code without what surrounds it: country prefix, spaces, ``.0`` of a spreadsheet, letter O for zero."""
    text = re.sub(r"\s", "", raw).upper().lstrip("'’`\"").rstrip("'\"")
    text = _DECIMALS.sub("", _PREFIX.sub("", text))
    return text.replace("O", "0") if _DIGITS_AND_O.match(text) else text


def judge(raw: str, beside: Address, *, zeros_lost: bool) -> Verdict:
    """Return the verdict on one Finnish postcode.

    Parameters
    ----------
    raw : the value as it stands, not empty
    beside : the place names and the kind of address in the same row
    zeros_lost : True where the column as a whole shows that a spreadsheet took its leading zeros
    """
    code = cleaned(raw)
    if code in _types():
        return _existing(raw, code, beside)
    if code in _retired():
        return Verdict("retired")
    if not (code.isascii() and code.isdigit() and len(code) <= 6):
        return Verdict("invalid")
    if len(code) < 5 and not code.startswith("0"):
        padded = code.zfill(5)
        if padded in _types():
            if _agrees(padded, beside):
                return Verdict("format_fixed", padded, "postcode_zero_restored_place_agrees", placed=True)
            if not beside.placed and zeros_lost:
                return Verdict("format_fixed", padded, "postcode_zero_restored_column_pattern")
    return _repaired(code, beside)


def _existing(raw: str, code: str, beside: Address) -> Verdict:
    agrees = _agrees(code, beside)
    if beside.placed and not agrees:
        return Verdict("place_mismatch", candidates=_agreeing(code, beside))
    if raw != code:
        return Verdict("format_fixed", code, "postcode_format", placed=agrees)
    kind = _types()[code]
    return Verdict(_VALID.get(kind, "valid_other_type") if kind else "valid", placed=agrees)


def _repaired(code: str, beside: Address) -> Verdict:
    if not beside.placed:
        # Without a place name a one-digit error has too many readings: people decide.
        return Verdict("ambiguous", candidates=tuple(sorted(_near(code)))) if _near(code) else Verdict("invalid")
    found = _agreeing(code, beside)
    if len(found) == 1:
        return Verdict("repaired_unique", found[0], "postcode_one_edit_place_agrees", placed=True)
    return Verdict("ambiguous", candidates=found) if found else Verdict("invalid")


def _agreeing(code: str, beside: Address) -> tuple[str, ...]:
    allowed = _TYPES_OF.get(beside.kind or "")
    return tuple(sorted(c for c in _near(code) if _agrees(c, beside) and (allowed is None or _types()[c] in allowed)))


def _agrees(code: str, beside: Address) -> bool:
    names = _names().get(code, frozenset())
    return beside.city in names or beside.municipality in names


def _near(code: str) -> frozenset[str]:
    """Return the existing codes one edit away: a digit wrong, missing or too many, or two neighbours swapped."""
    digits = "0123456789"
    splits = [(code[:i], code[i:]) for i in range(len(code) + 1)]
    edits: set[str] = set()
    if len(code) == 5:
        edits.update(a + d + b[1:] for a, b in splits if b for d in digits)
        edits.update(a + b[1] + b[0] + b[2:] for a, b in splits if len(b) > 1)
    elif len(code) == 4:
        edits.update(a + d + b for a, b in splits for d in digits)
    elif len(code) < 4:
        edits.add(code.zfill(5))
    elif len(code) == 6:
        edits.update(a + b[1:] for a, b in splits if b)
    return frozenset(c for c in edits if c in _types() and c != code)
