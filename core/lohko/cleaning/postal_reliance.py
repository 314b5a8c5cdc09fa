"""How far a register's own place names can be relied on, shown by its rows, before any code is rewritten by them.

A broken code is repaired where the place beside it has exactly one code one edit away. A wrong place has such a code by chance, too, and
nothing in the row tells the two apart. The register does: beside a right place nearly every slip of the pen has a code of that place
near it, so the rows without any count the wrong places (and the codes that are no slip). Pairing the codes with the places of all other
rows tells how often chance gives exactly one. Together they are the wrong repairs to expect: false discoveries estimated against a null
made by shuffling (Storey and Tibshirani 2003).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from lohko.cleaning import postal_finland
from lohko.cleaning.postal_book import PostalBook
from lohko.cleaning.postal_finland import FINNISH, Address, Reliance

# A column needs this many Finnish codes before it can show that its leading zeros are gone.
ENOUGH_CODES = 3
# Of the short values, so large a share may be something else than a code without its zeros.
MOST_UNEXPLAINED = 0.01
# Repairs by place rest on the place names being right. Where, of at least so many rows with an existing code, a smaller
# share than this has a place that fits it, the place names are in doubt and no digit is rewritten by them.
ENOUGH_PLACES = 50
PLACES_AGREE = 0.9
# Of the broken codes, so large a share may be expected to be repaired wrong; fewer rows than this show nothing either way.
MOST_WRONG = 0.002
ENOUGH_BROKEN = 20
# Zeros are given back by place unless so large a share of the places that agree would do so by chance.
MOST_CHANCE = 1 / 3
# Of the places that fit, so few may be only the municipality's name where names are taken for those of places.
MOST_TOWNS = 0.01
_ROUNDING = 1e-9

_Row = tuple[str, Address, int]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a register shows.

    Attributes
    ----------
    on : what the verdicts may rely on
    places_agree : of the rows with an existing Finnish code and a place name, the share whose place fits (None: no such rows)
    broken : rows with a place name whose code does not exist, or exists elsewhere
    expected_wrong : of them, those that a repair by place would get wrong, as estimated
    """

    on: Reliance
    places_agree: float | None
    broken: int = 0
    expected_wrong: float = 0.0


def shown(cases: pl.DataFrame, home: str | None, beside: Iterable[Address], book: PostalBook, *, right: bool) -> Shown:
    """Look at a register.

    Parameters
    ----------
    cases : ``__country``, ``__phone``, ``__raw`` and ``__rows``, the number of rows that share a case
    home : country of rows that show none
    beside : what stands beside each case's code
    book : the Finnish codes to go by
    right : the user says that the place names are right
    """
    wanted = cases.select("__country", "__phone", "__raw", "__rows").iter_rows()
    rows = [
        (raw, address, count)
        for (country, phone, raw, count), address in zip(wanted, beside, strict=True)
        if raw is not None and address.written and (country or phone or home) in FINNISH
    ]
    zeros_lost = _zeros_lost(cases, home, book)
    share, compared, by_town = _agreement(rows, book)
    # places that stand in no list fit no code, neither rightly nor by chance
    named = [row for row in rows if book.knows(row[1].names)]
    usual = _usual(named)
    cut, unknown, elsewhere = _suspects(named, book)
    lost = _Group.of(cut, usual, book)
    zeros = lost.by_chance() <= MOST_CHANCE * lost.one
    broken, moved = _Group.of(unknown, usual, book), _Group.of(elsewhere, usual, book)
    suspects = broken.rows + moved.rows
    bearable = MOST_WRONG * suspects
    # That a code is wrong which exists has to be shown: one wrong place more than was seen is reckoned with.
    explained = moved.different >= ENOUGH_BROKEN and moved.none <= (1 - PLACES_AGREE) * moved.rows
    slips = explained and broken.by_chance() + moved.by_chance(1) <= bearable
    trusted = share is None or compared < ENOUGH_PLACES or share >= PLACES_AGREE or slips
    if right:
        on = Reliance(zeros_lost, repair=trusted, over_codes=True, proper=True)
    else:
        repair = trusted and (broken.different < ENOUGH_BROKEN or broken.by_chance() <= bearable)
        on = Reliance(zeros_lost, zeros, repair, repair and slips, repair and slips and by_town <= MOST_TOWNS)
    wrong = broken.by_chance() + (moved.by_chance() if on.over_codes else 0.0)
    return Shown(on, share, suspects, round(wrong, 1))


@dataclass(frozen=True, slots=True)
class _Fits:
    """Codes that a row may have meant, what stands beside it, and how many rows are like it."""

    codes: tuple[str, ...]
    beside: Address
    rows: int


@dataclass(frozen=True, slots=True)
class _Group:
    """Rows with suspect codes of one kind.

    Attributes
    ----------
    different : different codes and places among them; what many rows share shows no more than once
    rows, none, one : rows; those whose place has none of the codes near theirs; those whose place has exactly one
    chance_none, chance_one : the latter two, to expect if each row named a place that other rows name
    """

    different: int
    rows: int
    none: int
    one: int
    chance_none: float
    chance_one: float

    @classmethod
    def of(cls, found: Iterable[_Fits], usual: Mapping[str, float], book: PostalBook) -> _Group:
        """Count the rows, and what chance would give them; ``usual``: how often a row has which place."""
        seen = none = one = 0
        different: set[tuple[tuple[str, ...], frozenset[str]]] = set()
        chance_none = chance_one = 0.0
        for entry in found:
            names = [book.names.get(code, frozenset()) for code in entry.codes]
            fitting = sum(not entry.beside.names.isdisjoint(of_code) for of_code in names)
            different.add((entry.codes, entry.beside.names))
            seen += entry.rows
            none += entry.rows if fitting == 0 else 0
            one += entry.rows if fitting == 1 else 0
            # another row's place, not this one's again: most rows of a local register name the same
            others = 1 - sum(usual.get(name, 0.0) for name in sorted(entry.beside.names))
            by_name = Counter(name for of_code in names for name in of_code if name not in entry.beside.names)
            hits = dict.fromkeys((1, 2), 0.0)
            for name in sorted(by_name):
                hits[min(by_name[name], 2)] += usual.get(name, 0.0)
            exactly, some = (hits[1] / others, sum(hits.values()) / others) if others > _ROUNDING else (0.0, 0.0)
            chance_none += entry.rows * (1 - some)
            chance_one += entry.rows * exactly
        return cls(len(different), seen, none, one, chance_none, chance_one)

    def by_chance(self, more: int = 0) -> float:
        """Return the rows whose place has exactly one of the codes by chance, to expect if ``more`` places are wrong than show it."""
        return (self.none + more) * self.chance_one / self.chance_none if self.chance_none > 0 else 0.0


def _suspects(rows: Iterable[_Row], book: PostalBook) -> tuple[list[_Fits], list[_Fits], list[_Fits]]:
    """Return the rows whose code may lack its zeros; whose code does not exist; and whose code exists in another place."""
    cut: list[_Fits] = []
    unknown: list[_Fits] = []
    elsewhere: list[_Fits] = []
    for raw, address, count in rows:
        padded = postal_finland.padded(raw, book)
        if padded is not None:
            cut.append(_Fits((padded,), address, count))
        suspect = postal_finland.suspect(raw, address, book)
        if suspect is not None:
            near = _Fits(postal_finland.near(raw, address, book), address, count)
            (unknown if suspect == "unknown" else elsewhere).append(near)
    return cut, unknown, elsewhere


def _usual(rows: Iterable[_Row]) -> dict[str, float]:
    """Return how often a row has which place name; a row that may mean several counts a part for each."""
    weights: dict[str, float] = {}
    for _, address, count in rows:
        for name in sorted(address.names):
            weights[name] = weights.get(name, 0.0) + count / len(address.names)
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()}


def _agreement(rows: Iterable[_Row], book: PostalBook) -> tuple[float | None, int, float]:
    """Compare existing Finnish codes with the places beside them.

    Returns
    -------
    The share of rows whose place fits their code (None: there are none with both); the number of rows with both; and of those that fit
    the share in which the place is only the municipality's name
    """
    compared = agree = towns = 0
    for raw, address, count in rows:
        code = postal_finland.restored(raw, address, book)
        if code is None:
            continue
        shared = address.names & book.names.get(code, frozenset())
        compared += count
        agree += count if shared else 0
        towns += count if shared and shared <= book.by_town.get(code, frozenset()) else 0
    return (round(agree / compared, 4) if compared else None), compared, towns / agree if agree else 0.0


def _zeros_lost(cases: pl.DataFrame, home: str | None, book: PostalBook) -> bool:
    """Whether the Finnish codes of the column show a spreadsheet's trace: short values, and none that starts with 0.

    Short values that are no code with its zeros given back tell of digits that are missing: where there are more than a few,
    a short value that happens to be one proves nothing.
    """
    country = pl.coalesce("__country", "__phone", pl.lit(home, pl.String))
    raw = cases.filter(country.is_in(FINNISH)).group_by("__raw").agg(pl.col("__rows").sum()).drop_nulls()
    codes = [(postal_finland.cleaned(value), rows) for value, rows in raw.iter_rows()]
    digits = [(code, rows) for code, rows in codes if code.isdigit()]
    if len(digits) < ENOUGH_CODES or any(code.startswith("0") for code, _ in digits):
        return False
    short = [(code, rows) for code, rows in digits if len(code) < 5]
    unexplained = sum(
        rows for code, rows in short if code.zfill(5) not in book.types and code.zfill(5) not in book.retired
    )
    return bool(unexplained <= MOST_UNEXPLAINED * sum(rows for _, rows in short))
