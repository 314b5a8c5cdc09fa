"""Which columns take part, and as what: the contract's fields by their names, others by name and by what they hold."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import polars as pl

from lohko.errors import UsageFault
from lohko.matching.settings import vocabulary
from lohko.matching.text import fold
from lohko.tables import tables

ROLES = {
    "first_name": "given",
    "last_name": "surname",
    "company_name": "organisation",
    "business_id": "id",
    "email": "email",
    "phone": "phone",
    "birth_date": "date",
    "street": "street",
    "postcode": "postcode",
    "city": "city",
}
USER_KINDS = ("name", "text", "address", "postcode", "date", "number", "id", "category", "email", "phone")
_FROM_USER = {"name": "fullname", "address": "street"}
_SINGLE = {"given", "surname", "street", "house", "postcode", "city"}


# Of these no two rows need hold the same value to be alike.
_ALIKE = frozenset({"given", "surname", "fullname", "street"})


@dataclass(frozen=True, slots=True)
class Chosen:
    """A column that takes part.

    Attributes
    ----------
    column : its name in the customers table
    kind : what it is compared as
    asked : the user named it
    made_of : the column it was made of, where it is part of a whole name
    """

    column: str
    kind: str
    asked: bool = False
    made_of: str | None = None

    @property
    def name(self) -> str:
        """The name of the field in the model: a company's name is one thing for companies, another for their people."""
        return "employer" if self.kind == "employer" else self.column

    @property
    def shown(self) -> str:
        """The column of the customers table that shows what was compared."""
        return self.made_of or self.column


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A further column that does not take part, and why (a word of ``dedupe_columns_left_out``)."""

    column: str
    why: str


def choose(customers: pl.DataFrame, compare: tuple[str, ...]) -> tuple[tuple[Chosen, ...], tuple[LeftOut, ...]]:
    """Return the columns that take part and those that don't.

    Raises
    ------
    UsageFault
        A column named by the user is not there, or its kind is unknown (``dedupe_compare``).
    """
    asked = _asked(customers, compare)
    chosen = [
        Chosen(name, asked.pop(name, None) or kind)
        for name, kind in ROLES.items()
        if name in customers.columns and customers[name].null_count() < customers.height
    ]
    if any(c.column == "company_name" and c.kind == "organisation" for c in chosen):
        chosen.append(Chosen("company_name", "employer"))
    left: list[LeftOut] = []
    taken = {c.kind for c in chosen}
    known = {c.name for c in tables()["customers"].columns}
    further = [name for name in customers.columns if name not in known and name not in asked]
    if "city" not in taken and "municipality" in customers.columns and "municipality" not in asked:
        chosen.append(Chosen("municipality", "city"))
        taken.add("city")
    for name, kind in asked.items():
        found = kind or _kind(name, customers) or "text"
        chosen.append(Chosen(name, _free(found, taken), asked=True))
        taken.add(found)
    for name in sorted(further):
        series = customers[name]
        filled = series.len() - series.null_count()
        kind = _kind(name, customers)
        if _no_identity(name, series):
            left.append(LeftOut(name, "no mark of identity"))
        elif kind == "ignore":
            left.append(LeftOut(name, "numbers rows"))
        elif filled < max(2, 0.02 * series.len()):
            left.append(LeftOut(name, "nearly empty"))
        elif kind not in _ALIKE and series.drop_nulls().n_unique() == filled and filled > 20:
            left.append(LeftOut(name, "no value twice"))
        elif series.drop_nulls().n_unique() == 1:
            left.append(LeftOut(name, "one value"))
        elif kind is None:
            left.append(LeftOut(name, "no telling what it is"))
        elif kind == "category" and _says_little(series):
            left.append(LeftOut(name, "nearly one value"))
        elif kind in {"fullname", "text"} and _repeats_names(series, customers):
            left.append(LeftOut(name, "repeats the names"))
        else:
            chosen.append(Chosen(name, _free(kind, taken)))
            taken.add(kind)
    return tuple(chosen), tuple(left)


def _asked(customers: pl.DataFrame, compare: tuple[str, ...]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for entry in compare:
        column, _, kind = entry.partition(":")
        column = column.strip()
        kind = kind.strip()
        if column not in customers.columns:
            raise UsageFault(
                "dedupe_compare",
                f"--compare names a column that is not there: {column}",
                hint="further columns here: " + (", ".join(sorted(_further(customers))) or "none"),
            )
        if kind and kind not in USER_KINDS:
            raise UsageFault(
                "dedupe_compare", f"--compare knows no kind '{kind}'", hint=f"kinds: {', '.join(USER_KINDS)}"
            )
        found[column] = _FROM_USER.get(kind, kind) or None
    return found


def _further(customers: pl.DataFrame) -> set[str]:
    return set(customers.columns) - {c.name for c in tables()["customers"].columns}


def _free(kind: str, taken: set[str]) -> str:
    """Return the kind a second column of its sort takes: there is one first name and one address in the model."""
    if kind in _SINGLE and kind in taken:
        return {"given": "fullname", "surname": "fullname", "house": "category"}.get(
            kind, "postcode" if kind == "postcode" else "text"
        )
    return kind


@cache
def _hints() -> dict[str, str]:
    words = [(word, kind) for kind, words in vocabulary()["columns"].items() for word in words]
    return {word.replace(" ", ""): kind for word, kind in words} | dict(words)


def _kind(name: str, customers: pl.DataFrame) -> str | None:
    folded = pl.DataFrame({"name": [name]}).select(fold(pl.col("name")))["name"][0] or ""
    hints = _hints()
    for word in (folded, folded.replace(" ", "")):
        if word in hints:
            return hints[word]
    return kind_of_values(customers[name])


def kind_of_values(series: pl.Series) -> str | None:
    """Return what a column's values look like, or None where nothing can be told."""
    values = series.cast(pl.String).drop_nulls().unique().sort()
    if values.len() == 0:
        return None
    sample = values.gather_every(max(1, values.len() // 5000))

    def share(pattern: str) -> float:
        return float(sample.str.contains(pattern).to_numpy().mean())

    distinct = values.len()
    filled = series.len() - series.null_count()
    if share(r"^\S+@\S+\.\S+$") > 0.8:
        return "email"
    if share(r"^\d{4}-?\d\d-?\d\d$|^\d{1,2}[./]\d{1,2}[./]\d{4}$") > 0.9:
        years = sample.str.extract(r"(\d{4})").cast(pl.Int64, strict=False).drop_nulls()
        span = int(years.quantile(0.95) or 0) - int(years.quantile(0.05) or 0)
        return "date" if span > 20 else None
    if share(r"^\+?[\d ()/-]{7,}$") > 0.9 and share(r"^(\+|0|\()") > 0.8:
        return "phone"
    if distinct <= max(2, min(60, filled // 20)):
        return "category"
    if share(r"^-?\d+([.,]\d+)?$") > 0.95:
        # Amounts and counts change, so they say nothing of who somebody is; long numbers that rarely repeat name somebody.
        return "id" if distinct > 0.3 * filled and float(sample.str.len_chars().to_numpy().mean()) >= 5 else None
    if share(r"^[\w-]*\d[\w-]*$") > 0.9 and distinct > 0.3 * filled:
        return "id"
    return "text" if share(r"\p{L}{2,}") > 0.8 else None


def _no_identity(name: str, series: pl.Series) -> bool:
    """Return whether a column holds choices or notes, by its name or because it holds nothing but answers."""
    rules = vocabulary()["not_identity"]
    parts = _folded(pl.Series([name.replace("_", " ")]))[0].split()
    if set(parts) & set(rules["words"].split()) or any(
        part.endswith(tuple(rules["endings"].split())) for part in parts
    ):
        return True
    values = _folded(series.cast(pl.String).drop_nulls().unique().sort().head(50))
    return bool(values) and set(" ".join(values).split()) <= set(rules["answers"].split())


def _folded(texts: pl.Series) -> list[str]:
    folded = pl.DataFrame({"text": texts}).select(fold(pl.col("text")))["text"]
    return [text or "" for text in folded.to_list()]


def _says_little(series: pl.Series) -> bool:
    """Return whether two random rows agree in most cases anyway."""
    counts = series.drop_nulls().value_counts()["count"].to_numpy().astype(float)
    return float((counts * counts).sum()) > 0.55 * float(counts.sum()) ** 2


def _repeats_names(series: pl.Series, customers: pl.DataFrame) -> bool:
    names = [c for c in ("first_name", "last_name") if c in customers.columns]
    if not names:
        return False
    frame = pl.DataFrame({"text": series, "name": customers[names[-1]]}).drop_nulls()
    if frame.is_empty():
        return False
    held = frame.select(fold(pl.col("text")).str.contains(fold(pl.col("name")), literal=True).mean()).item()
    return float(held or 0.0) > 0.6
