"""Which table a file holds, and which of its columns are which of ours."""

from __future__ import annotations

import difflib
import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib import resources
from pathlib import PurePath

from lohko.errors import InputRefused, Place, UsageFault
from lohko.tables import Table, source_tables, tables

_CURRENCY = re.compile(r"[\s_(\[/-]+(?:eur|euroa?|sek|nok|dkk|usd|gbp|chf|kr|€|\$|£)[)\]]?$", re.IGNORECASE)
_DETAILS = {
    "first_name",
    "last_name",
    "company_name",
    "business_id",
    "email",
    "phone",
    "street",
    "postcode",
    "city",
    "birth_date",
}
_NAMES = 1 << 16  # names remembered: the first lines of a file are looked at for each delimiter and table
MADE = {"customers": ("row_id", "line", "source")}  # columns that reading itself writes


@lru_cache(_NAMES)
def plain(name: str) -> str:
    """Bring a name to its letters and digits: case, accents, spaces and signs aside."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return re.sub(r"[^0-9a-z]+", "", "".join(c for c in decomposed if not unicodedata.combining(c)).replace("ø", "o"))


@cache
def _data(name: str) -> dict[str, dict[str, object]]:
    return tomllib.loads(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Match:
    """A source column recognised as one of ours. ``strength``: 2 our own name, 1 a plain synonym, 0 a weak one, -1 a last resort."""

    column: str
    strength: int


@cache
def _synonyms(table: str) -> dict[str, Match]:
    """Return the names known for a table's columns, in plain form."""
    data = _data("synonyms.toml")
    known: dict[str, Match] = {}
    columns = {c.name for c in tables()[table].columns}
    for section in (data["any"], data.get(table, {})):  # the table's own words come last, and so win
        for column, words in section.items():
            if column not in columns:
                continue
            assert isinstance(words, list)
            for word in words:
                known[plain(word)] = Match(column, 1 - (len(word) - len(word.lstrip("~"))))
    for column in columns:
        known[plain(column)] = Match(column, 2)
    return known


@lru_cache(_NAMES)
def match(name: str, table: str) -> Match | None:
    """Recognise a name as one of the table's columns; what money is in may stand behind the name (``Loppusumma EUR``)."""
    found = _synonyms(table).get(plain(name))
    if found is None and (bare := _CURRENCY.sub("", name)) != name:
        found = _synonyms(table).get(plain(bare))
        money = {c.name for c in tables()[table].columns if c.type == "decimal"}
        return found if found is not None and found.column in money else None
    return found


def known_names(names: Sequence[str], table: str | None) -> int:
    """Count how many names are known as columns of the table (of the table that knows most of them, if none is given)."""
    return max(sum(1 for n in names if match(n, t) is not None) for t in ([table] if table else source_tables()))


def meant(names: Sequence[str], table: str) -> set[str]:
    """Return the table's columns that the names are known for."""
    return {hit.column for n in names if (hit := match(n, table)) is not None}


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns of a file become.

    Attributes
    ----------
    names : one name for each column of the file, in its order
    recognised : ours → theirs, for the columns that are ours
    carried : ours → theirs, for those carried along as text
    yielded : columns of theirs that a plainer name for the same column of ours put aside
    unnamed : positions (from 0) of columns without a name
    weak : columns of ours recognised by a weak name, such as ``type``: their values may say otherwise
    """

    names: tuple[str, ...]
    recognised: Mapping[str, str]
    carried: Mapping[str, str]
    yielded: tuple[str, ...] = ()
    unnamed: tuple[int, ...] = ()
    weak: frozenset[str] = frozenset()

    def without(self, column: str) -> Columns:
        """Return the columns with one of ours carried along under the file's own name instead."""
        theirs = self.recognised[column]
        name = _carried_name(theirs)
        while name in self.names:
            name += "_2"
        return replace(
            self,
            names=tuple(name if ours == column else ours for ours in self.names),
            recognised={ours: their for ours, their in self.recognised.items() if ours != column},
            carried={**self.carried, name: theirs},
            weak=self.weak - {column},
        )


def name_columns(header: Sequence[str], table: str, mapping: Mapping[str, str], place: Place) -> Columns:
    """Recognise the columns of a file.

    Raises
    ------
    UsageFault
        The mapping names a column that we do not have (``mapping_unknown``) or one of theirs twice (``mapping_twice``).
    InputRefused
        The mapping names a column that the file does not have (``mapping_missing``); or two columns of the file are the same
        column of ours (``column_twice``).
    """
    chosen = _mapped(header, table, mapping, place)
    candidates: dict[str, list[tuple[int, int]]] = {}  # ours → (strength, position)
    for position, name in enumerate(header):
        hit = match(name, table) if name else None
        if hit is None or position in chosen.values() or hit.column in chosen:
            continue
        if hit.column == "row_id" and name != "row_id":
            continue  # lohko's own mark on rows that it wrote; a "Row ID" of others says nothing of that
        strength = 2 if name.casefold() == hit.column else min(hit.strength, 1)
        candidates.setdefault(hit.column, []).append((strength, position))
    yielded: list[str] = []
    for column, hits in candidates.items():
        top = max(strength for strength, _ in hits)
        best = [position for strength, position in hits if strength == top]
        if len(best) > 1:
            first, second = (header[p] for p in best[:2])
            raise InputRefused(
                "column_twice",
                f"{place.file}: '{first}' and '{second}' could both be {table}.{column}",
                hint=f'say which in a mapping: [mapping.{table}] {column} = "{first}"',
                places=tuple(Place(place.file, place.line, p + 1, header[p]) for p in best),
            )
        chosen[column] = best[0]
        yielded.extend(header[p] for _, p in hits if p != best[0])
    if table == "transactions":
        _price_is_amount(header, chosen)
    if table == "customers" and "customer_id" not in chosen:
        _bare_id(header, chosen)
    weak = {column for column, hits in candidates.items() if any(s < 1 and p == chosen.get(column) for s, p in hits)}
    return replace(_finish(header, table, chosen, tuple(yielded)), weak=frozenset(weak))


def _bare_id(header: Sequence[str], chosen: dict[str, int]) -> None:
    """Take a bare ``id`` for the customer's, where no plainer name stands beside it."""
    keys = {plain(name): position for position, name in reversed(list(enumerate(header))) if name}
    found = [keys[w] for w in _customer_names("bare_ids") if w in keys and keys[w] not in chosen.values()]
    if found:
        chosen["customer_id"] = found[0]


def by_id_alone(columns: Columns) -> bool:
    """Tell whether nothing but an id says that a file is of customers."""
    return set(columns.recognised) == {"customer_id"}


def whole_names(columns: Columns) -> list[str]:
    """Return the columns carried along that hold whole names of people, where no column of ours holds their names."""
    if {"first_name", "last_name"} & set(columns.recognised):
        return []
    return [ours for ours, theirs in columns.carried.items() if plain(theirs) in _customer_names("whole_names")]


def refers(name: str) -> bool:
    """Tell whether a column carried along is named for the id of another customer."""
    return plain(name) in _customer_names("referrers")


def _customer_names(section: str) -> list[str]:
    names = _data("customer_columns.toml")[section]["names"]
    assert isinstance(names, list)
    return [plain(name) for name in names]


def _price_is_amount(header: Sequence[str], chosen: dict[str, int]) -> None:
    """Take a bare ``price`` for the amount, where neither an amount nor a quantity stands beside it."""
    if "unit_price" in chosen and "amount" not in chosen and "quantity" not in chosen:
        hit = match(header[chosen["unit_price"]], "transactions")
        if hit is not None and hit.strength == 0:
            chosen["amount"] = chosen.pop("unit_price")


def _mapped(header: Sequence[str], table: str, mapping: Mapping[str, str], place: Place) -> dict[str, int]:
    ours = [c.name for c in tables()[table].columns if c.name != "row_id"]
    chosen: dict[str, int] = {}
    for column, theirs in mapping.items():
        if column not in ours:
            near = difflib.get_close_matches(column, ours, 1)
            raise UsageFault(
                "mapping_unknown",
                f"[mapping.{table}] names '{column}', which is not a column of {table}",
                hint=f"did you mean '{near[0]}'?" if near else f"`lohko columns {table}` lists them",
            )
        position = _find(header, theirs)
        if position is None:
            near = difflib.get_close_matches(theirs, [h for h in header if h], 1, cutoff=0.5)
            raise InputRefused(
                "mapping_missing",
                f"{place.file} has no column '{theirs}', which [mapping.{table}] takes for {column}",
                hint=f"did you mean '{near[0]}'?"
                if near
                else "its columns are " + ", ".join(h for h in header if h)[:500],
                places=(place,),
            )
        if position in chosen.values():
            raise UsageFault("mapping_twice", f"[mapping.{table}] takes '{theirs}' for two columns")
        chosen[column] = position
    return chosen


def _find(header: Sequence[str], theirs: str) -> int | None:
    if theirs in header:
        return list(header).index(theirs)
    hits = [i for i, name in enumerate(header) if name and plain(name) == plain(theirs)]
    return hits[0] if len(hits) == 1 else None


def _finish(header: Sequence[str], table: str, chosen: Mapping[str, int], yielded: tuple[str, ...]) -> Columns:
    at = {position: column for column, position in chosen.items()}
    taken = {c.name for c in tables()[table].columns} | set(MADE.get(table, ())) | {"line", "row_id"}
    names: list[str] = []
    carried: dict[str, str] = {}
    unnamed: list[int] = []
    for position, name in enumerate(header):
        if position in at:
            names.append(at[position])
            continue
        if name == "line" and table == "customers" and "row_id" in chosen:
            names.append(name)  # rows that lohko wrote come back: they keep their places
            continue
        if not name:
            unnamed.append(position)
        fresh = base = _carried_name(name) or f"column_{position + 1}"
        number = 2
        while fresh.casefold() in taken:
            fresh = f"{base}_{number}"
            number += 1
        taken.add(fresh.casefold())
        names.append(fresh)
        carried[fresh] = name
    recognised = {at[p]: header[p] for p in sorted(at)}
    return Columns(tuple(names), recognised, carried, yielded, tuple(unnamed))


def _carried_name(name: str) -> str:
    """Clean a foreign name: what polars takes for a pattern (``*``, ``^…$``) or lohko uses for itself (``__…``) is no name."""
    name = re.sub(r"[\x00-\x1f\x7f]", "", name)[:200]
    if name == "*" or (name.startswith("^") and name.endswith("$")):
        name = name.strip("*^$")
    return re.sub(r"^__+", "_", name)


def find_table(header: Sequence[str], name: str, mapping: Mapping[str, Mapping[str, str]] | None = None) -> str:
    """Find the table a file holds, by the columns it has; where two fit as well, by the words in the file's name.

    Raises
    ------
    InputRefused
        None fits (``table_not_found``), or more than one (``table_ambiguous``).
    """
    rules = _data("tables_found.toml")
    fits: dict[str, tuple[int, int]] = {}
    words = [plain(w) for w in re.split(r"[^\w]+|_|\d+", PurePath(name).name.split(".")[0]) if w]
    words.append(plain(PurePath(name).name.split(".")[0]))
    keys = {plain(h) for h in header if h}
    for table in source_tables():
        matches = [m for h in header if h and (m := match(h, table)) is not None]
        found = {m.column for m in matches if m.strength >= 0}
        if (
            "transaction_id" in found
        ):  # an order that was created is one that was made; of anything else that says little
            found |= {m.column for m in matches}
        for said, pairs in (mapping or {}).items():
            if said.partition("@")[0] == table:
                found |= {ours for ours, theirs in pairs.items() if plain(theirs) in keys}
        if not _fits(tables()[table], found, rules[table]):
            continue
        files = rules[table].get("files", [])
        assert isinstance(files, list)
        fits[table] = (len(found), int(any(plain(f) in words for f in files)))
    orders = _rather_orders(header)
    if not fits or (list(fits) == ["customers"] and not fits["customers"][1] and orders):
        near = "transactions" if orders else max(source_tables(), key=lambda t: known_names(header, t))
        raise InputRefused(
            "table_not_found",
            f"{name}: its columns do not tell which table it is",
            hint=f"name the table: {near}={name}; "
            + (_by_email(header, near) or "`lohko columns` lists what each needs"),
            places=(Place(name, 1),),
        )
    order = sorted(fits, key=lambda t: (fits[t][0] + 2 * fits[t][1], fits[t][0]), reverse=True)
    if len(order) > 1:
        first, second = (fits[t] for t in order[:2])
        if first[0] + 2 * first[1] == second[0] + 2 * second[1]:
            raise InputRefused(
                "table_ambiguous",
                f"{name} could be {order[0]} or {order[1]}",
                hint=f"name the table: {order[0]}={name}",
                places=(Place(name, 1),),
            )
    return order[0]


def _rather_orders(header: Sequence[str]) -> bool:
    """Tell whether a file that customers would take, for its ids or e-mail addresses alone, has more columns of an order."""
    found = [m for h in header if h and (m := match(h, "transactions")) is not None]
    names = {m.column for m in found if m.strength >= 0}
    plainly = {m.column for m in found if m.strength > 0}
    signs = names & {"transaction_id", "amount", "quantity", "unit_price", "currency"} | plainly & {"occurred_at"}
    details = meant([h for h in header if h], "customers") & _DETAILS
    return {"transaction_id", "amount"} <= names or len(signs) > max(1, len(details))


def _by_email(header: Sequence[str], table: str) -> str | None:
    """Say what to write where rows of events tell whose they are by an e-mail address alone."""
    emails = [h for h in header if h and (m := match(h, "customers")) is not None and m.column == "email"]
    if not emails or "customer_id" not in tables()[table].needed or "customer_id" in meant(header, table):
        return None
    return f"it names people by '{emails[0]}' alone: take that for the id in a mapping: [mapping.{table}] customer_id = \"{emails[0]}\""


def _fits(table: Table, found: set[str], rule: Mapping[str, object]) -> bool:
    needs = rule.get("needs", [])
    assert isinstance(needs, list)
    needed = set(table.needed)
    if table.name == "transactions":
        needed.discard("amount")
        if "amount" not in found and not {"quantity", "unit_price"} <= found and "unit_price" not in found:
            return False
    if rule.get("instead"):
        needed = set()
    return needed <= found and all(any(c in found for c in group) for group in needs)


def check_needed(columns: Columns, table: str, place: Place) -> None:
    """Refuse a file without a column that its table needs.

    Raises
    ------
    InputRefused
        ``column_needed``, naming the column and the nearest of the file's.
    """
    has = set(columns.names)
    spared = set()
    if table == "customers":
        spared.add("customer_id")  # ids are made from the rows' content
    if table == "transactions" and {"quantity", "unit_price"} <= has:
        spared.add("amount")
    missing = [c for c in tables()[table].needed if c not in has | spared]
    if table in {"visits", "touchpoints"} and not has & {"customer_id", "visitor_id"}:
        missing.insert(0, "customer_id")
    if missing:
        column = missing[0]
        theirs = list(columns.carried.values())
        near = difflib.get_close_matches(column, [t for t in theirs if t], 1)
        email = _by_email(theirs, table) if column == "customer_id" else None
        raise InputRefused(
            "column_needed",
            f"{place.file} has no column for {table}.{column}",
            hint=email
            or f'if it is there under another name, say so in a mapping: [mapping.{table}] {column} = "{near[0] if near else "…"}"',
            places=(place,),
        )
