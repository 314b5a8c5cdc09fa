"""Finnish and Åland postcodes: format faults, lost zeros, one-digit errors, each judged with the place name beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from lohko.cleaning.postal_book import PostalBook
from lohko.cleaning.postal_verdict import Verdict

# One postal system: Åland's codes stand in Posti's list.
FINNISH = ("FI", "AX")
_PREFIX = re.compile(r"^(?:FIN|FI|AX|SF)[-–.:]?(?=[\dO])")
_DECIMALS = re.compile(r"[.,]0+$")
_DIGITS_AND_O = re.compile(r"^[\dO]+$")
_SPACE = re.compile(r"\s+")
_VALID = {"normal": "valid", "po_box": "valid_po_box", "corporate": "valid_corporate"}
# Types that a street address, or a PO box, can have: the rest are no candidates for it.
_TYPES_OF = {"street": {"normal", None}, "po_box": {"po_box", "corporate", None}}


@dataclass(frozen=True, slots=True)
class Address:
    """What stands beside a Finnish postcode.

    Attributes
    ----------
    names : the places the row may mean, in comparing form: as written, or, where no place is called so, those one letter away
    written : whether any place name stands there
    kind : ``street``, ``po_box``, or None where there is no street
    """

    names: frozenset[str] = frozenset()
    written: bool = False
    kind: str | None = None


@lru_cache(maxsize=1 << 16)  # a register repeats its codes, and each is looked at several times
def cleaned(raw: str) -> str:
    """Return the code without what surrounds it: country prefix, spaces, ``.0`` of a spreadsheet, letter O for zero."""
    if len(raw) == 5 and raw.isascii() and raw.isdigit():
        return raw
    text = _SPACE.sub("", raw).upper().lstrip("'’`\"").rstrip("'\"")
    text = _DECIMALS.sub("", _PREFIX.sub("", text))
    return text.replace("O", "0") if _DIGITS_AND_O.match(text) else text


@dataclass(frozen=True, slots=True)
class Reliance:
    """What the register as a whole allows to rely on.

    Attributes
    ----------
    zeros_lost : the column shows that a spreadsheet took its leading zeros
    zeros_by_place : place names are good enough to give back lost zeros by them
    repair : … to mend the digits of codes that do not exist
    over_codes : … to overrule codes that exist elsewhere: the user says so, or the register shows it
    proper : names are those of places, not of the municipalities around them, which have more codes
    """

    zeros_lost: bool = False
    zeros_by_place: bool = True
    repair: bool = True
    over_codes: bool = False
    proper: bool = False


def judge(raw: str, beside: Address, book: PostalBook, on: Reliance) -> Verdict:
    """Return the verdict on one Finnish postcode.

    Parameters
    ----------
    raw : the value as it stands, not empty
    beside : the place names and the kind of address in the same row
    book : the codes to go by
    on : what the register allows to rely on
    """
    code = cleaned(raw)
    if code in book.types:
        return _existing(raw, code, beside, book, on)
    if code in book.retired:
        return Verdict("retired", candidates=_of_place(beside, book), since=book.retired[code])
    if not (code.isascii() and code.isdigit() and len(code) <= 6):
        return Verdict("invalid")
    if len(code) < 5 and not code.startswith("0"):
        padded = code.zfill(5)
        if padded in book.types:
            if _agrees(padded, beside, book) and on.zeros_by_place:
                return Verdict("format_fixed", padded, "postcode_zero_restored_place_agrees", placed=True)
            if beside.written and not on.over_codes:
                # The zero is gone and the place name wrong, or a digit is missing: both read as well.
                return Verdict("ambiguous", candidates=(padded, *_agreeing(code, beside, book)))
            if on.zeros_lost and not beside.written:
                return Verdict("format_fixed", padded, "postcode_zero_restored_column_pattern")
    return _repaired(code, beside, book, on)


def restored(raw: str, beside: Address, book: PostalBook) -> str | None:
    """Return the existing code that the value holds in whatever writing; lost zeros are given back where the place agrees."""
    code = cleaned(raw)
    if code in book.types:
        return code
    padded = code.zfill(5)
    agrees = code.isdigit() and not code.startswith("0") and padded in book.types and _agrees(padded, beside, book)
    return padded if agrees else None


def padded(raw: str, book: PostalBook) -> str | None:
    """Return the existing code that a short value is when its zeros are given back."""
    code = cleaned(raw)
    if not (code.isascii() and code.isdigit() and len(code) < 5) or code.startswith("0"):
        return None
    return code.zfill(5) if code.zfill(5) in book.types else None


def suspect(raw: str, beside: Address, book: PostalBook) -> str | None:
    """Return why a code that stands beside a place is in doubt: it is ``unknown``, or its place lies ``elsewhere``."""
    code = cleaned(raw)
    known = code if code in book.types else padded(raw, book)
    if known is not None:
        return None if _agrees(known, beside, book) else "elsewhere"
    broken = code.isascii() and code.isdigit() and len(code) <= 6 and code not in book.retired
    return "unknown" if broken else None


def near(raw: str, beside: Address, book: PostalBook) -> tuple[str, ...]:
    """Return the existing codes one edit away that an address of this kind can have, whatever place is named."""
    code = cleaned(raw)
    found = book.near.get((code, beside.kind))
    if found is None:
        allowed = _TYPES_OF.get(beside.kind or "")
        found = tuple(sorted(c for c in _near(code, book) if allowed is None or book.types[c] in allowed))
        book.near[code, beside.kind] = found
    return found


def _existing(raw: str, code: str, beside: Address, book: PostalBook, on: Reliance) -> Verdict:
    agrees = _agrees(code, beside, book)
    if beside.written and not agrees:
        found = _chosen(_agreeing(code, beside, book), beside, book, on)
        if on.over_codes and len(found) == 1:
            return Verdict("repaired_unique", found[0], "postcode_one_edit_place_agrees", placed=True)
        return Verdict("place_mismatch", candidates=found)
    if raw != code:
        return Verdict("format_fixed", code, "postcode_format", placed=agrees)
    kind = book.types[code]
    return Verdict(_VALID.get(kind, "valid_other_type") if kind else "valid", placed=agrees)


def _repaired(code: str, beside: Address, book: PostalBook, on: Reliance) -> Verdict:
    if not beside.written:
        # Without a place name a one-digit error has too many readings: people decide.
        near = tuple(sorted(_near(code, book)))
        return Verdict("ambiguous", candidates=near) if near else Verdict("invalid")
    found = _chosen(_agreeing(code, beside, book), beside, book, on)
    if len(found) == 1 and (on.repair or on.over_codes):
        return Verdict("repaired_unique", found[0], "postcode_one_edit_place_agrees", placed=True)
    return Verdict("ambiguous", candidates=found) if found else Verdict("invalid", candidates=_of_place(beside, book))


def _agreeing(code: str, beside: Address, book: PostalBook) -> tuple[str, ...]:
    return tuple(c for c in near(code, beside, book) if _agrees(c, beside, book))


def _chosen(codes: tuple[str, ...], beside: Address, book: PostalBook, on: Reliance) -> tuple[str, ...]:
    """Return the codes of the place proper, where there are any and names are those of places, else all."""
    if not on.proper:
        return codes
    proper = tuple(c for c in codes if (beside.names & book.names[c]) - book.by_town.get(c, frozenset()))
    return proper or codes


def _of_place(beside: Address, book: PostalBook) -> tuple[str, ...]:
    """Return the codes of the places named that such an address can have."""
    allowed = _TYPES_OF.get(beside.kind or "street")
    codes = {code for name in beside.names for code in book.codes_of.get(name, ())}
    return tuple(sorted(code for code in codes if allowed is None or book.types.get(code) in allowed))


def _agrees(code: str, beside: Address, book: PostalBook) -> bool:
    return not beside.names.isdisjoint(book.names.get(code, frozenset()))


def _near(code: str, book: PostalBook) -> frozenset[str]:
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
    return frozenset(c for c in edits if c in book.types and c != code)
