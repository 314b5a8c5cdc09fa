"""Finland's postcodes as one book: codes in force with type and names, and those retired; embedded, or from a file of the user's."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache, cached_property

import polars as pl

from lohko.cleaning import postal_lists
from lohko.cleaning.postal_places import Places
from lohko.cleaning.sheets import read_sheet
from lohko.errors import InputRefused, Place
from lohko.outcome import GivenFile
from lohko.tables.text import folded

# Posti's file PCF ("PONOT" records): fixed width, 220 characters, ISO-8859-1. Name: first character, length.
_WIDTH = 220
_RECORD = "PONOT"
_FIELDS = {
    "code": (13, 5),
    "place_fi": (18, 30),
    "place_sv": (48, 30),
    "short_fi": (78, 12),
    "short_sv": (90, 12),
    "type": (110, 1),
    "municipality_fi": (179, 20),
    "municipality_sv": (199, 20),
}
_TYPES = {
    "1": "normal",
    "2": "po_box",
    "3": "corporate",
    "4": "compilation",
    "5": "reply_mail",
    "6": "parcel_machine",
    "7": "pickup_point",
    "8": "technical",
}
# Column names of a CSV list in comparing form (no case, accents, signs), by what they hold.
_COLUMNS = {
    "code": ("postcode", "postalcode", "code", "postinumero", "postinumeroalue", "postnummer", "zip"),
    "type": ("type", "typecode", "tyyppi", "tyyppikoodi", "typ"),
    "country": ("country", "countrycode", "maa", "maakoodi", "land"),
    "gone": ("retired", "retiredat", "lastseen", "firstmissing", "validuntil", "voimassaasti", "lakkautettu", "giltigtill"),
}  # fmt: skip
_NAMES = re.compile(r"^(?:place|city|town|locality|postoffice|short|abbr|municipality|name|postitoimipaikka|toimipaikka"
                    r"|kunta|kunnannimi|nimi|postort|ort|kommun|namn)(?:fi|sv|en|name|abbrfi|abbrsv|namefi|namesv)*$")  # fmt: skip
_CODE = r"^\d{5}$"
FEWEST_CODES = 100


@dataclass(frozen=True)
class PostalBook:
    """The Finnish and Åland codes that a run goes by.

    Attributes
    ----------
    types : every code in force with its type (``normal``, ``po_box``, …; None: not told)
    names : the names each code goes by, in comparing form
    retired : codes that were in force once, with the day they were gone (None: not told)
    source : the file it was read from, None where it is the embedded one
    titles : the name to show beside a code
    by_town : names that a code goes by only because its municipality is called so
    """

    types: dict[str, str | None]
    names: dict[str, frozenset[str]]
    retired: dict[str, str | None] = field(default_factory=dict)
    source: str | None = None
    titles: dict[str, str] = field(default_factory=dict)
    by_town: dict[str, frozenset[str]] = field(default_factory=dict)

    @cached_property
    def codes_of(self) -> dict[str, tuple[str, ...]]:
        """The codes of each name, sorted."""
        found: dict[str, list[str]] = {}
        for code in sorted(self.names):
            for name in self.names[code]:
                found.setdefault(name, []).append(code)
        return {name: tuple(codes) for name, codes in found.items()}

    def knows(self, names: frozenset[str]) -> bool:
        """Tell whether any of the names is a place's."""
        return any(name in self.codes_of for name in names)

    @cached_property
    def near(self) -> dict[tuple[str, str | None], tuple[str, ...]]:
        """The codes one edit away from those that were asked about, by code and kind of address: kept, since registers repeat them."""
        return {}

    @cached_property
    def places(self) -> Places:
        """The names, found by spelling."""
        return Places(self.codes_of)


@cache
def embedded() -> PostalBook:
    """Return the book that comes with lohko: the package's codes, Posti's names and types of April 2024."""
    return PostalBook(
        dict(postal_lists.finland().iter_rows()),
        _by_code(postal_lists.finnish_names()),
        dict.fromkeys(postal_lists.finland_retired()),
        titles=postal_lists.finnish_titles(),
        by_town=_by_code(postal_lists.finnish_town_names()),
    )


def read_book(file: GivenFile) -> PostalBook:
    """Return the book in a file: Posti's PCF file, or a CSV with a postcode column.

    What the embedded lists have and the file has not is retired. Names come from the file, and, for codes in force, from
    the embedded table as well: people go on using former names.

    Raises
    ------
    InputRefused
        ``postcodes_unreadable``: neither form, or too few codes to judge a register by.
    """
    rows = _pcf(file) if _is_pcf(file.data) else _csv(file)
    in_force = rows.filter(pl.col("gone").is_null())
    if in_force["code"].n_unique() < FEWEST_CODES:
        raise InputRefused(
            "postcodes_unreadable",
            f"{file.name} holds {in_force['code'].n_unique()} Finnish postcodes; a list of those in force has thousands",
            places=(Place(file.name),),
        )
    old = embedded()
    types = {
        code: kind or old.types.get(code) for code, kind in in_force.select("code", "type").sort("code").iter_rows()
    }
    names = _by_code(in_force.select("code", name=pl.col("names")).explode("name", empty_as_null=True, keep_nulls=True))
    for code in types:
        names[code] = names.get(code, frozenset()) | old.names.get(code, frozenset())
    known = {**old.retired, **dict.fromkeys(old.types)}
    dated = dict(rows.filter(pl.col("gone").is_not_null()).select("code", "gone").sort("code", "gone").iter_rows())
    retired = {code: dated.get(code) for code in sorted({*known, *dated}) if code not in types}
    titles = dict(in_force.select("code", "title").drop_nulls().sort("code", "title").iter_rows())
    return PostalBook(types, names, retired, file.name, {**old.titles, **titles}, old.by_town)


def _by_code(rows: pl.DataFrame) -> dict[str, frozenset[str]]:
    grouped = rows.drop_nulls().group_by("code").agg(pl.col("name").unique())
    return {code: frozenset(names) for code, names in grouped.iter_rows()}


def _is_pcf(data: bytes) -> bool:
    first = next((line for line in data.splitlines() if line.strip()), b"")
    return first.startswith(_RECORD.encode()) and len(first.rstrip(b"\r\n")) >= _WIDTH - 1


def _pcf(file: GivenFile) -> pl.DataFrame:
    lines = [line for line in file.data.decode("iso-8859-1").split("\n") if line.startswith(_RECORD)]
    text = pl.col("line")
    cut = {name: text.str.slice(start, length).str.strip_chars() for name, (start, length) in _FIELDS.items()}
    frame = pl.DataFrame({"line": lines}, schema={"line": pl.String}).select(**cut)
    wrong = frame.with_row_index("line", offset=1).filter(~pl.col("code").str.contains(_CODE))
    if wrong.height:
        raise InputRefused(
            "postcodes_unreadable",
            f"{file.name}: {wrong.height} lines hold no postcode at character 14",
            places=(Place(file.name, int(wrong["line"][0])),),
        )
    names = [name for name in _FIELDS if name not in {"code", "type"}]
    return frame.select(
        "code",
        type=pl.col("type").replace_strict(_TYPES, default=None, return_dtype=pl.String),
        names=pl.concat_list(postal_lists.place_key(pl.col(name)) for name in names),
        title=pl.col("place_fi").str.to_titlecase(),
        gone=pl.lit(None, pl.String),
    )


def _csv(file: GivenFile) -> pl.DataFrame:
    frame = read_sheet(file.data, file.name, "postcodes_unreadable")
    plain = {name: re.sub(r"[^a-z0-9]", "", pl.select(folded(pl.lit(name))).item() or "") for name in frame.columns}
    found: dict[str, str] = {}
    for what, words in _COLUMNS.items():
        first = next((name for name in frame.columns if plain[name] in words), None)
        if first is not None:
            found[what] = first
    if "code" not in found:
        raise InputRefused(
            "postcodes_unreadable",
            f"{file.name} is neither Posti's PCF file nor a CSV with a column postcode (postinumero)",
            places=(Place(file.name, 1),),
        )

    def column(what: str) -> pl.Expr:
        return pl.col(found[what]).str.strip_chars() if what in found else pl.lit(None, pl.String)

    names = [name for name in frame.columns if _NAMES.match(plain[name]) and name not in found.values()]
    code = column("code").str.replace(r"\.0$", "").str.zfill(5)
    country = column("country").str.to_uppercase()
    kind = column("type").str.to_lowercase()
    rows = frame.with_row_index("line", offset=2).select(
        "line",
        code=code,
        type=pl.when(kind.is_in(list(_TYPES.values()))).then(kind).otherwise(
            kind.replace_strict(_TYPES, default=None, return_dtype=pl.String)
        ),
        names=pl.concat_list(postal_lists.place_key(pl.col(name)) for name in names)
        if names
        else pl.lit([], pl.List(pl.String)),
        title=pl.col(names[0]).str.strip_chars().str.to_titlecase() if names else pl.lit(None, pl.String),
        gone=pl.when(column("gone") != "").then(column("gone")),
        ours=country.is_in(["FI", "AX", "FIN", "ALA", ""]) | country.is_null(),
    ).filter("ours")  # fmt: skip
    wrong = rows.filter(~pl.col("code").str.contains(_CODE).fill_null(value=False))
    if wrong.height:
        raise InputRefused(
            "postcodes_unreadable",
            f"{file.name}: {wrong.height} rows hold no Finnish postcode",
            places=(Place(file.name, int(wrong["line"][0]), column_name=found["code"]),),
        )
    return rows.drop("ours", "line")
