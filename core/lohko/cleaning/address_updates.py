"""Newer addresses from a register: moves are written, deaths and non-disclosure orders are noted, contradictions go to people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from lohko.cleaning.changes import appended, changed_rows, row_name
from lohko.cleaning.contact_keys import address_keys, compact_postcode
from lohko.cleaning.countries import home_country
from lohko.cleaning.frames import in_order, taken
from lohko.cleaning.params import AddressUpdatesParams
from lohko.cleaning.postal_book import PostalBook, embedded, read_book
from lohko.cleaning.postal_cases import judged
from lohko.cleaning.postal_verdict import WRITTEN
from lohko.cleaning.quality import street_status
from lohko.cleaning.sheets import write_sheet
from lohko.outcome import Env, Finding, StepResult
from lohko.parameters import Params
from lohko.tables.text import folded, says_something
from lohko.tables.types import schema

STEP = "address_updates"
FILE = "address_updates_review.csv"
#: The column of ``customers`` that keeps what a register said; the gravest word holds.
STATUS = "address_status"
ADDRESS = ("street", "postcode", "city", "municipality")
_RANK = {"moved": 1, "deceased": 2, "protected": 3}
# A person may have moved this often between two updates of the register; the rounds end when nothing changes.
_ROUNDS = 10


def address_updates(tables_in: Mapping[str, pl.LazyFrame], params: Params, env: Env) -> StepResult:
    """Apply the table ``address_updates`` to ``customers``, as of ``env.as_of``; later entries wait.

    An entry finds its rows by ``customer_id``, else by first and last name at the old address. A move is written where the row
    has the old address, or none, or was not updated since; the latest move holds, and moves follow each other. What
    contradicts goes to the file ``address_updates_review.csv``: a row updated after the move, another old address, two new
    addresses of one day, a move without an address, or to one whose postcode does not exist or lies elsewhere. A place that
    the entry does not name is the one its postcode has. Deaths and non-disclosure orders stand in the column ``address_status``;
    the address of a protected customer is taken out by ``protect``, which runs last. A second run changes nothing.

    Returns
    -------
    StepResult with ``customers`` and ``changes`` where the table is there, and the review file; figures ``moved``, ``deceased``,
    ``protected`` (customer rows), ``conflicts``, ``unmatched``, ``later`` (entries).
    """
    assert isinstance(params, AddressUpdatesParams)
    if "address_updates" not in tables_in:
        return StepResult({})
    entries = _entries(tables_in, env.as_of)
    later = entries.filter("later").height
    entries = entries.filter(~pl.col("later"))
    frame = taken(tables_in, "customers").collect()
    names = frame.columns
    came = _prepared(frame)
    book = read_book(env.given["postcodes"]) if "postcodes" in env.given else embedded()
    posts = _Posts(book, home_country(frame, None).code)
    rows, conflicts = came, pl.DataFrame(schema={"__row": pl.UInt32, "entry": pl.UInt32, "reason": pl.String})
    hit = pl.Series([], dtype=pl.UInt32)
    for _ in range(_ROUNDS):
        found = _matched(rows, entries, tables_in)
        hit = pl.concat([hit, found["entry"]]).unique()
        rows, unclear, changed = _moved(rows, found, entries, posts)
        conflicts = pl.concat([conflicts, unclear]).unique(["__row", "entry"], keep="first", maintain_order=True)
        if not changed:
            break
    rows = _noted(rows, _matched(rows, entries, tables_in), _matched(came, entries, tables_in), entries)
    keep = [*names, *([STATUS] if STATUS not in names else [])]
    keep += [name for name in ADDRESS if name not in names and rows[name].null_count() < rows.height]
    made = [
        changed_rows(
            rows.with_columns(came[name].alias("__was")),
            column=name,
            old="__was",
            rule=pl.lit("address_moved"),
            confidence=pl.lit(1.0),
            step=STEP,
        )
        for name in ADDRESS
        if name in keep
    ]
    conflicts = conflicts.join(rows.select("__row", "__moved_by"), on="__row").filter(
        pl.col("__moved_by").ne_missing(pl.col("entry"))
    )
    sheet = _sheet(rows, conflicts, entries)
    figures = {
        "moved": int((rows["__moved_by"].is_not_null()).sum()),
        "deceased": int((rows[STATUS] == "deceased").sum()),
        "protected": int((rows[STATUS] == "protected").sum()),
        "conflicts": sheet.height,
        "unmatched": entries.height - hit.len(),
        "later": later,
    }
    return StepResult(
        {"customers": in_order(rows.select(keep)), "changes": appended(tables_in, made)},
        tuple(Finding(f"address_{name}", {"count": count}, "warning" if name == "conflicts" else "info")
              for name, count in figures.items() if count),
        figures,
        files={FILE: write_sheet(sheet)},
    )  # fmt: skip


def protect(tables_in: Mapping[str, pl.LazyFrame], params: Params, env: Env) -> StepResult:
    """Take the address of protected customers out of ``customers``, so that nothing that reads the table can show it.

    The former values stand in ``changes`` (rule ``address_protected``) and ``originals``, which ``lohko show`` masks.

    Returns
    -------
    StepResult with ``customers`` and ``changes``, or nothing where no customer is protected.
    """
    del params, env
    frame = taken(tables_in, "customers").collect()
    if STATUS not in frame.columns or not (frame[STATUS] == "protected").any():
        return StepResult({})
    hidden = pl.col(STATUS) == "protected"
    blank = [name for name in (*ADDRESS, "postcode_status") if name in frame.columns]
    after = frame.with_columns(
        **{f"__was_{name}": pl.col(name) for name in blank},
        **{name: pl.when(hidden.fill_null(value=False)).then(None).otherwise(pl.col(name)) for name in blank},
    )
    rule = pl.lit("address_protected")
    made = [
        changed_rows(after, column=name, old=f"__was_{name}", rule=rule, confidence=pl.lit(1.0), step="protect")
        for name in blank
        if name != "postcode_status"
    ]
    return StepResult({"customers": after.select(frame.columns), "changes": appended(tables_in, made)})


def known_statuses(updates: pl.LazyFrame, customers: pl.DataFrame) -> pl.LazyFrame:
    """Return the updates and, by customer id, what earlier ones left in ``address_status``: so it holds when the address is gone."""
    if STATUS not in customers.columns:
        return updates
    noted = customers.filter(pl.col(STATUS).is_in(["deceased", "protected"])).select("customer_id", status=STATUS)
    return pl.concat([updates, noted.lazy()], how="diagonal_relaxed")


@dataclass(frozen=True, slots=True)
class _Posts:
    """The postcodes that new addresses are judged by.

    Attributes
    ----------
    book : Finland's
    home : country of rows that name none
    """

    book: PostalBook
    home: str | None

    def read(self, moves: pl.DataFrame) -> pl.DataFrame:
        """Return the moves with ``fits`` (the new postcode exists and the new place is not another's), the code in its right form, and its place."""
        new = moves.select("country", street="new_street", postcode="new_postcode", city="new_city")
        found = judged(new, self.home, self.book).rows
        status = found["__status"]
        fits = status.str.starts_with("valid") | status.is_in([*WRITTEN, "foreign", "missing"])
        moves = moves.with_columns(fits=fits, mended=found["__new"]).with_columns(
            new_postcode=pl.when(status.is_in(WRITTEN))
            .then(pl.coalesce("mended", "new_postcode"))
            .otherwise("new_postcode")
        )
        return moves.with_columns(new_city=pl.coalesce("new_city", self.place(pl.col("new_postcode"))))

    def place(self, postcode: pl.Expr) -> pl.Expr:
        """Return the place of a Finnish postcode, null where it is not known."""
        return postcode.replace_strict(self.book.titles, default=None, return_dtype=pl.String)


def _entries(tables_in: Mapping[str, pl.LazyFrame], as_of: dt.date) -> pl.DataFrame:
    """Return the entries in an order of their content, with their keys and whether they are later than the day."""
    types = schema("address_updates")
    raw = taken(tables_in, "address_updates").collect()
    raw = raw.with_columns(pl.lit(None, kind).alias(name) for name, kind in types.items() if name not in raw.columns)
    # a dash is no place: the one of the new postcode is
    raw = raw.with_columns(new_city=pl.when(says_something("new_city")).then("new_city"))
    raw = raw.select(list(types)).unique().sort(list(types), nulls_last=False)
    return raw.with_columns(
        later=(pl.col("valid_from") > as_of).fill_null(value=False),
        old_key=_place("street", "postcode"),
        # a filler (osoite puuttuu) is no address to move to
        new_key=pl.when(street_status(pl.col("new_street")) == "valid").then(_place("new_street", "new_postcode")),
        **address_keys(),
    ).with_row_index("entry")


def _prepared(frame: pl.DataFrame) -> pl.DataFrame:
    text = {name: pl.lit(None, pl.String) for name in (*ADDRESS, STATUS, "first_name", "last_name")}
    dates = pl.col("updated_at").cast(pl.Date, strict=False) if "updated_at" in frame.columns else pl.lit(None, pl.Date)
    return (
        frame.with_columns(**{name: expr for name, expr in text.items() if name not in frame.columns})
        .with_columns(
            __updated=dates, __since=pl.lit(None, pl.Date), __moved_by=pl.lit(None, pl.UInt32)
        )
        .with_row_index("__row")
    )  # fmt: skip


def _place(street: str, postcode: str) -> pl.Expr:
    """Return an address for comparing; null where street or postcode is missing."""
    return folded(pl.col(street)) + pl.lit("|") + compact_postcode(postcode)


def _matched(rows: pl.DataFrame, entries: pl.DataFrame, tables_in: Mapping[str, pl.LazyFrame]) -> pl.DataFrame:
    """Return ``__row``, ``entry`` and ``by_id``: which entries speak of which rows."""
    ids = rows.select("__row", id="customer_id")
    if "crosswalk" in tables_in:
        walk = (
            taken(tables_in, "crosswalk").select(id="source_customer_id", customer_id="customer_id").unique().collect()
        )
        merged = walk.join(rows.select("__row", "customer_id"), on="customer_id").select("__row", "id")
        ids = pl.concat([ids, merged]).unique()
    by_id = entries.drop_nulls("customer_id").join(ids, left_on="customer_id", right_on="id")
    nameless = entries.filter(pl.col("customer_id").is_null())
    wanted = nameless.select(name=folded(pl.col("last_name")), code=compact_postcode()).drop_nulls().unique()
    moved = (
        nameless.select(name=folded(pl.col("last_name")), code=compact_postcode("new_postcode")).drop_nulls().unique()
    )
    near = rows.select("__row", "first_name", "last_name", "street", "postcode").with_columns(
        name=folded(pl.col("last_name")), code=compact_postcode()
    )
    near = near.join(pl.concat([wanted, moved]).unique(), on=["name", "code"], how="semi").with_columns(
        **address_keys()
    )
    by_name = nameless.drop_nulls("person").join(near.select("__row", "person"), on="person")
    # Whoever lives at the new address already was moved before: the entry is no stranger.
    there = nameless.with_columns(
        there=folded(pl.col("last_name")) + pl.lit("|") + pl.col("new_key") + pl.lit("|")
        + folded(pl.col("first_name")).str.extract(r"^(\S+)", 1)
    ).drop_nulls("there")  # fmt: skip
    by_new = there.join(near.select("__row", there="person"), on="there")
    return (
        pl.concat(
            [
                by_id.select("__row", "entry", by_id=pl.lit(value=True)),
                by_name.select("__row", "entry", by_id=pl.lit(value=False)),
                by_new.select("__row", "entry", by_id=pl.lit(value=False)),
            ]
        )
        .unique(["__row", "entry"], keep="any")
        .sort("__row", "entry")
    )


def _moved(
    rows: pl.DataFrame, found: pl.DataFrame, entries: pl.DataFrame, posts: _Posts
) -> tuple[pl.DataFrame, pl.DataFrame, bool]:
    """Return the rows after one round of moves, what contradicted, and whether anything moved."""
    told = entries.select(
        "entry", "valid_from", "old_key", "new_key", "new_street", "new_postcode", "new_city", "status"
    ).filter((pl.col("status") == "moved") | pl.col("status").is_null())
    country = pl.col("country") if "country" in rows.columns else pl.lit(None, pl.String)
    own = rows.select(
        "__row",
        "__updated",
        "__since",
        country=country,
        now=_place("street", "postcode"),
        has=pl.col("street").is_not_null(),
        placed=says_something("city"),
    )
    moves = (
        found.join(told, on="entry").join(own, on="__row").with_columns(day=pl.col("valid_from").fill_null(dt.date.min))
    )
    moves = posts.read(moves.filter(pl.col("__since").is_null() | (pl.col("day") > pl.col("__since"))))
    there = pl.col("now").eq_missing(pl.col("new_key")) | pl.col("now").eq_missing(_place("new_street", "new_postcode"))
    done = there & pl.col("new_key").is_not_null()
    # The latest word holds: a row that is where its latest move leads needs none of the earlier ones.
    latest = moves.filter(pl.col("day") == pl.col("day").max().over("__row", "by_id"))
    latest = latest.filter(~done.any().over("__row"))
    same_old = pl.col("old_key").is_null() | (pl.col("old_key") == pl.col("now")).fill_null(value=False)
    newer = (pl.col("__updated") > pl.col("day")) & pl.col("old_key").is_null()
    reason = (
        pl.when(pl.col("new_key").is_null())
        .then(pl.lit("no_new_address"))
        .when(~pl.col("fits") | (pl.col("placed") & pl.col("new_city").is_null()))
        .then(pl.lit("new_address_doubtful"))
        .when(pl.col("new_key").n_unique().over("__row", "by_id") > 1)
        .then(pl.lit("two_new_addresses"))
        .when(~pl.col("has"))
        .then(None)
        .when(~same_old)
        .then(pl.lit("other_old_address"))
        .when(newer.fill_null(value=False))
        .then(pl.lit("row_is_newer"))
    )
    latest = latest.with_columns(reason=reason)
    unclear = latest.filter(pl.col("reason").is_not_null()).select("__row", "entry", "reason")
    good = latest.filter(pl.col("reason").is_null()).sort("__row", "day", "by_id", "entry")
    good = good.unique("__row", keep="last", maintain_order=True)
    if good.is_empty():
        return rows, unclear, False
    new = good.select("__row", "new_street", "new_postcode", "new_city", "day", by="entry", hit=pl.lit(value=True))
    joined = rows.join(new, on="__row", how="left", maintain_order="left")
    hit = pl.col("hit").fill_null(value=False)
    moved = joined.with_columns(
        street=pl.when(hit).then("new_street").otherwise("street"),
        postcode=pl.when(hit).then("new_postcode").otherwise("postcode"),
        city=pl.when(hit).then("new_city").otherwise("city"),
        municipality=pl.when(hit).then(None).otherwise("municipality"),
        __since=pl.when(hit).then("day").otherwise("__since"),
        __moved_by=pl.when(hit).then("by").otherwise("__moved_by"),
    )
    return moved.select(rows.columns), unclear, True


def _noted(rows: pl.DataFrame, now: pl.DataFrame, before: pl.DataFrame, entries: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with what the register says of them in ``address_status``; what earlier runs noted stays."""
    words = entries.select("entry", "status").with_columns(
        rank=pl.col("status").replace_strict(_RANK, default=1, return_dtype=pl.Int64)
    )
    grave = pl.concat([now, before]).join(words.filter(pl.col("rank") > 1), on="entry")
    top = grave.group_by("__row").agg(pl.col("rank").max())
    own = pl.col(STATUS).replace_strict(_RANK, default=0, return_dtype=pl.Int64).fill_null(0)
    moved = pl.when(pl.col("__moved_by").is_not_null()).then(1).otherwise(0)
    names = {rank: name for name, rank in _RANK.items()}
    joined = rows.join(top, on="__row", how="left", maintain_order="left")
    rank = pl.max_horizontal(own, moved, pl.col("rank").fill_null(0))
    told = rank.replace_strict(names, default=None, return_dtype=pl.String)
    return joined.with_columns(told.alias(STATUS)).drop("rank")


def _sheet(rows: pl.DataFrame, conflicts: pl.DataFrame, entries: pl.DataFrame) -> pl.DataFrame:
    """Return the contradictions for people; protected customers are left out."""
    name = row_name(rows.columns)
    columns = list(dict.fromkeys([name, "customer_id", "street", "postcode", "city"]))
    new = entries.select("entry", "valid_from", "new_street", "new_postcode", "new_city")
    shown = rows.filter(pl.col(STATUS).ne_missing(pl.lit("protected"))).select("__row", *columns)
    joined = conflicts.join(shown, on="__row").join(new, on="entry")
    return joined.select(*columns, "new_street", "new_postcode", "new_city", "valid_from", "reason").sort(pl.all())
