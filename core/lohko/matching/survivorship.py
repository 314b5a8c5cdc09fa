"""Merging: several rows of one customer become one, field by field, by a stated rule; every value taken over is listed."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from lohko.errors import UsageFault
from lohko.matching.coding import repeats
from lohko.matching.settings import survivorship_rules
from lohko.tables.types import schema

RULES = ("most_recent", "most_complete", "most_frequent", "earliest", "latest", "own")
_ALSO = {"newest": "most_recent", "oldest": "earliest"}
_SOURCES = "source_order"


@dataclass(frozen=True, slots=True)
class Merged:
    """The customers after merging and the changes it made."""

    customers: pl.DataFrame
    changes: pl.DataFrame


def rule_of(column: str, chosen: dict[str, str]) -> str:
    """Return the rule by which a column's surviving value is found."""
    rules = survivorship_rules()
    return chosen.get(column) or rules["fields"].get(column) or str(rules["default"])


def chosen_rules(words: tuple[str, ...], columns: list[str]) -> dict[str, str]:
    """Return the rules the user set, ``COLUMN:RULE`` each; a rule may be written with spaces or hyphens.

    ``source_order=CRM>shop`` takes the value of the first of the named sources that has one, then of the others, the most recent first.

    Raises
    ------
    UsageFault
        A column is not there or a rule unknown (``dedupe_survivorship``).
    """
    found = {}
    for word in words:
        column, _, said = word.partition(":")
        kind, _, sources = said.partition("=")
        kind = kind.strip().lower().replace(" ", "_").replace("-", "_")
        rule = _ALSO.get(kind, kind)
        ordered = rule == _SOURCES and "source" in columns and all(name.strip() for name in sources.split(">"))
        if column not in columns or not (ordered or (rule in RULES and not sources)):
            raise UsageFault(
                "dedupe_survivorship",
                f"--survivorship cannot use '{word}'",
                hint=f"COLUMN:RULE, RULE one of {', '.join((*RULES, 'newest'))}, or {_SOURCES}=FIRST>SECOND where rows name their source",
            )
        found[column] = f"{rule}={sources}" if ordered else rule
    return found


def merge(current: pl.DataFrame, survivors: pl.Series, confidence: pl.DataFrame, chosen: dict[str, str]) -> Merged:
    """Merge the rows of ``current`` that share a surviving id.

    Parameters
    ----------
    current : customers as they are now
    survivors : surviving id of each row
    confidence : customer_id and confidence, one row per surviving id
    chosen : rules the user set, by column

    Returns
    -------
    Merged
        Customers sorted by id. The surviving row is the row of the surviving id (the most recent of several); the parts of
        an address are taken from one row together.
    """
    frame = current.with_columns(survivor=survivors)
    alone = pl.len().over("survivor") == 1
    single = frame.filter(alone).with_columns(customer_id="survivor").drop("survivor")
    many = frame.filter(~alone)
    empty = pl.DataFrame(schema=schema("changes"))
    if many.is_empty():
        return Merged(single.sort("customer_id"), empty)
    ordered = _by_recency(many)
    own = (
        ordered.sort(pl.col("customer_id") != pl.col("survivor"), maintain_order=True)
        .unique("survivor", keep="first", maintain_order=True)
        .sort("survivor")
    )
    columns = [name for name in current.columns if name not in {"customer_id", "row_id"}]
    rules = {name: rule_of(name, chosen) for name in columns}
    block = [name for name in survivorship_rules()["address"] if name in columns and name not in chosen]
    merged = own.select("survivor", "row_id", customer_id="survivor")
    for name in columns:
        if name not in block:
            merged = merged.join(
                _survivor(ordered, own, name, rules[name]), on="survivor", how="left", maintain_order="left"
            )
    if block:
        merged = merged.join(_address(ordered, block), on="survivor", how="left", maintain_order="left")
    merged = merged.select("survivor", *current.columns)
    rules |= dict.fromkeys(block, "most_recent_address")
    changes = _changes(own, merged, rules, confidence)
    return Merged(pl.concat([single, merged.drop("survivor")]).sort("customer_id"), changes)


def _by_recency(many: pl.DataFrame) -> pl.DataFrame:
    """Return rows by customer, the most recent first; then the fullest; then the surviving id's own; then by content."""
    stamps = [pl.col(name) for name in ("updated_at", "created_at") if name in many.columns]
    recency = pl.coalesce(stamps) if stamps else pl.lit(0)
    values = [name for name in many.columns if name not in {"survivor", "customer_id", "row_id"}]
    filled = pl.sum_horizontal(pl.col(name).is_not_null().cast(pl.Int32) for name in values) if values else pl.lit(0)
    # the content decides only between rows of one id
    ties = [*sorted(values), "row_id"] if repeats(many["customer_id"]) else []
    return (
        many.with_columns(__recency=recency, __filled=filled, __own=pl.col("customer_id") != pl.col("survivor"))
        .sort(
            ["survivor", "__recency", "__filled", "__own", "customer_id", *ties],
            descending=[False, True, True, False, False, *([False] * len(ties))],
            nulls_last=True,
        )
        .drop("__recency", "__filled", "__own")
    )


def _survivor(ordered: pl.DataFrame, own: pl.DataFrame, name: str, rule: str) -> pl.DataFrame:
    if rule == "own":
        return own.select("survivor", name)
    if rule.startswith(_SOURCES):
        return _by_source(ordered, name, [one.strip() for one in rule.partition("=")[2].split(">")])
    values = ordered.select("survivor", name).drop_nulls(name).with_row_index("__at")
    if rule == "most_complete":
        values = values.sort(
            ["survivor", pl.col(name).cast(pl.String).str.len_chars(), "__at"], descending=[False, True, False]
        )
    elif rule == "most_frequent":
        times = pl.len().over("survivor", name)
        values = values.sort(["survivor", times, "__at"], descending=[False, True, False])
    elif rule in {"earliest", "latest"}:
        values = values.sort(["survivor", name, "__at"], descending=[False, rule == "latest", False])
    return values.unique("survivor", keep="first", maintain_order=True).select("survivor", name)


def _by_source(ordered: pl.DataFrame, name: str, sources: list[str]) -> pl.DataFrame:
    rank = pl.col("source").replace_strict(sources, range(len(sources)), default=len(sources), return_dtype=pl.Int64)
    values = ordered.with_columns(__rank=rank.fill_null(len(sources))).drop_nulls(name).with_row_index("__at")
    first = values.sort("survivor", "__rank", "__at").unique("survivor", keep="first", maintain_order=True)
    return first.select("survivor", name)


def _address(ordered: pl.DataFrame, block: list[str]) -> pl.DataFrame:
    """Return the address of the most recent row that has the most telling part of it (street, else postcode, else town)."""
    ranked = ordered.with_row_index("__at").with_columns(
        __rank=pl.coalesce(
            [pl.when(pl.col(name).is_not_null()).then(place) for place, name in enumerate(block)] + [pl.lit(len(block))]
        )
    )
    return (
        ranked.sort(["survivor", "__rank", "__at"])
        .unique("survivor", keep="first", maintain_order=True)
        .select("survivor", *block)
    )


def _changes(own: pl.DataFrame, merged: pl.DataFrame, rules: dict[str, str], confidence: pl.DataFrame) -> pl.DataFrame:
    parts = []
    sure = merged.select("survivor", "row_id").join(
        confidence, left_on="survivor", right_on="customer_id", how="left", maintain_order="left"
    )["confidence"]
    for name, rule in rules.items():
        both = pl.DataFrame({"row_id": merged["row_id"], "old": own[name], "new": merged[name], "confidence": sure})
        changed = both.filter(pl.col("old").ne_missing(pl.col("new")))
        parts.append(
            changed.select(
                table=pl.lit("customers"),
                row_id="row_id",
                column=pl.lit(name),
                old=pl.col("old").cast(pl.String),
                new=pl.col("new").cast(pl.String),
                rule=pl.lit(f"survivorship:{rule.partition('=')[0]}"),
                confidence=pl.col("confidence").cast(pl.Float64),
                step=pl.lit("dedupe"),
            )
        )
    return pl.concat([pl.DataFrame(schema=schema("changes")), *parts])
