"""Postcodes of other countries: judged by their own country's form and list, rewritten only in form."""

from __future__ import annotations

import re
from functools import cache

import countrystatecity_postal_codes as embedded

from lohko.cleaning import postal_lists
from lohko.cleaning.postal_verdict import Verdict

_DECIMALS = re.compile(r"[.,]0+$")


@cache
def _formats(country: str) -> tuple[str, ...]:
    info = embedded.get_postal_info_by_country(country)
    return tuple(info.postalCodeFormat.split("|")) if info and info.postalCodeFormat else ()


@cache
def _pattern(country: str) -> re.Pattern[str] | None:
    text = postal_lists.countries().get(country)
    return re.compile(text) if text else None


@cache
def _listed(country: str) -> dict[str, tuple[str, frozenset[str]]]:
    """Return, by compact form, the code as the list writes it and the names of its places."""
    found: dict[str, tuple[str, set[str]]] = {}
    for compact, code, name in postal_lists.listed(country).sort("compact", "code", "name").iter_rows():
        _, names = found.setdefault(compact, (code, set()))
        if name:
            names.add(name)
    return {compact: (code, frozenset(names)) for compact, (code, names) in found.items()}


def judge(raw: str, country: str, city: str | None) -> Verdict:
    """Return the verdict on a postcode outside Finland.

    In the country's list: ``valid``. In the country's form but not in the list: ``foreign``, for the lists of other
    countries are not known to be complete (some hold districts only). Neither: ``invalid``. A known code in another
    writing (``11455`` for ``114 55``) gets the list's. A lost zero is restored only where the place name agrees.
    """
    text = _DECIMALS.sub("", " ".join(raw.upper().split()))
    compact = re.sub(r"[^0-9A-Z]", "", re.sub(rf"^{country}[-\s]", "", text))
    listed = _listed(country)
    written = {code for code in (listed.get(compact, ("",))[0], *_written(compact, country)) if code}
    if compact in listed:
        code, names = listed[compact]
        placed = city in names
        if raw in written:
            return Verdict("valid", placed=placed)
        return Verdict("format_fixed", code, "postcode_format", placed=placed)
    pattern = _pattern(country)
    padded = "0" + compact
    if compact.isdigit() and not compact.startswith("0") and padded in listed:
        code, names = listed[padded]
        if city in names:
            return Verdict("format_fixed", code, "postcode_zero_restored_place_agrees", placed=True)
    if pattern is None:
        return Verdict("foreign")
    fits = [form for form in (text, compact, *sorted(written)) if pattern.fullmatch(form)]
    if not fits:
        return Verdict("ambiguous" if padded in listed else "invalid", candidates=(padded,) if padded in listed else ())
    return Verdict("foreign")


def _written(compact: str, country: str) -> list[str]:
    """Return the code in the country's templates (``### ##``), where its letters and digits fit."""
    found = []
    for template in _formats(country):
        slots = sum(c in "#@" for c in template)
        letters = re.sub(r"[^A-Z]", "", template)
        bare = compact.removeprefix(letters) if letters else compact
        if len(bare) != slots:
            continue
        signs = iter(bare)
        text = "".join(next(signs) if c in "#@" else c for c in template)
        kinds = zip((c for c in template if c in "#@"), bare, strict=True)
        if all(sign.isdigit() if slot == "#" else sign.isalpha() for slot, sign in kinds):
            found.append(text)
    return found
