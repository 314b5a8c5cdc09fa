"""What each consent event says: of what it is evidence, and how good.

Columns are read into small numbers. Millions of events have few distinct combinations of these, and what a combination says is worked out
once; only the day and the source of an event are its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from lohko.cleaning.combinations import Numbers, distinct, joined, parted
from lohko.cleaning.evidence import day_numbers_of, event_days, numbered, packed_numbers, with_day
from lohko.cleaning.frames import not_blank
from lohko.cleaning.known_ids import KnownIds
from lohko.cleaning.permission_rules import CHANNELS, FACTS
from lohko.tables.text import tidied

# What an event is evidence of. Each is one of these, but a sale whose status could not be read also stands against other sales.
KINDS = ("stop_by", "valid", "weak", "soft", "company", "unread")
# Ranks of grants on consent, by their proof. Only the first is in force; the rest tell what is missing.
GRADES = FACTS["consent"]
VALID = GRADES.index("valid")
# Flags of a grant without proof, of a soft opt-in with gaps, and of a stop.
MISSING_PROOF = {"time": 1, "source": 2, "wording": 4, "active_act": 8}
MISSING_SOFT = {"told_at_sale": 1, "similar_products": 2, "opt_out_offered": 4, "status": 8}
OBJECTED, OWN = 1, 2

_STATUS = ("granted", "withdrawn", "objected", "unknown")
_BASIS = ("existing_customer", "company")  # any other is consent
_METHOD = ("active", "pre_ticked")
_CHANNEL_WORDS, _STATUS_WORDS, _BASIS_WORDS, _METHOD_WORDS = map(pl.Enum, (CHANNELS, _STATUS, _BASIS, _METHOD))
_AT_SALE = tuple(name for name in MISSING_SOFT if name != "status")
# What is read of an event, and how many different numbers each has; the last of a word's numbers is none of the words.
_COUNTS = {"status": len(_STATUS) + 1, "basis": len(_BASIS) + 1, "method": len(_METHOD) + 1} | dict.fromkeys(
    ("has_source", "wording", "purpose", "guardian", *_AT_SALE, "confirmed", "dated", "expired", "stale"), 2
)
_COLUMNS = (
    "channel", "status", "basis", "method", "source", "wording", "purpose", "guardian", *_AT_SALE, "recorded_at", "double_opt_in_at",
    "expires_at", "effective_from",
)  # fmt: skip
_READ = pl.Struct({
    "said": pl.Int32, "channel": pl.UInt8, "day": pl.Int32, "source": pl.UInt32, "counts": pl.Boolean,
})  # fmt: skip
Small = NDArray[np.uint8 | np.bool_]


def source_numbers(consents: pl.LazyFrame) -> tuple[list[str], dict[str, int]]:
    """Return the sources of the events, tidied, and for each as it is written twice its number, from 1, and one more where it says anything."""
    if "source" not in consents.collect_schema():
        return [], {}
    raw = consents.select(raw=pl.col("source").unique()).collect().with_columns(word=tidied(pl.col("raw")))
    sources = numbered(raw["word"])
    place = {word: number for number, word in enumerate(sources, 1)}
    raw = raw.with_columns(says=not_blank(raw["raw"])).drop_nulls("raw")
    return sources, {text: 2 * place.get(word, 0) + says for text, word, says in raw.iter_rows()}


def read_events(
    consents: pl.LazyFrame,
    ids: pl.DataFrame,
    known: KnownIds,
    sources: Mapping[str, int],
    *,
    as_of: dt.date,
    timezone: str,
    stale_months: Mapping[str, int],
    keep: Sequence[str] = (),
) -> pl.DataFrame:
    """Return the events that count as of a day.

    Parameters
    ----------
    ids : ``id``, ``idx``, ``child``: every id an event may carry, the customer it is now, and whether that is one under their country's
        age of consent: their grants that name no guardian do not count
    known : the ids of ``ids``
    sources : as ``source_numbers`` gives them
    stale_months : channel to the age in months from which a consent is stale
    keep : columns of the events to keep beside them

    Returns
    -------
    DataFrame with ``idx`` (null: not in the register), the number of the ``channel`` (null: none of ours), that of the ``kind`` in ``KINDS``
    (one more: of none), and the evidence as ``pack``
    """
    names = [name for name in _COLUMNS if name in consents.collect_schema()]
    reader = _Reader(as_of, timezone, stale_months, sources)
    read = pl.struct(names).map_batches(reader.read, return_dtype=_READ, is_elementwise=True)
    rows = known.places(consents.select(*keep, "customer_id", read=read), "customer_id")
    found = rows.select(*keep, "place", "read").unnest("read").collect()
    if not found["counts"].all():
        found = found.filter("counts")
    said, which = distinct(found["said"].to_numpy(), prod(_COUNTS.values()))
    kind, pack, unguarded = _meaning(parted(said, _COUNTS))
    events = found.select(
        *keep,
        "channel",
        idx=ids["idx"].rechunk().gather(found["place"]),
        kind=pl.Series(kind[which]),
        pack=pl.Series(pack[which] + with_day(found["day"].to_numpy()) + found["source"].to_numpy()),
    )
    if not ids["child"].any():
        return events
    child = ids["child"].rechunk().gather(found["place"]).fill_null(value=False)
    return events.filter(~(child & pl.Series(unguarded[which])))


class _Reader:
    """Reads events a piece at a time. What is the same for all pieces is made ready before."""

    def __init__(
        self, as_of: dt.date, timezone: str, stale_months: Mapping[str, int], sources: Mapping[str, int]
    ) -> None:
        self._timezone = timezone
        self._today = int(day_numbers_of(pl.Series([as_of]))[0])
        limits = [pl.lit(as_of).dt.offset_by(f"-{stale_months[channel]}mo").alias(channel) for channel in CHANNELS]
        #: the day before which a consent is stale, by the number of the channel
        self._stale_before = day_numbers_of(pl.Series(pl.select(limits).row(0)))
        self._sources = pl.Enum(list(sources))
        self._source_numbers = np.array([*sources.values(), 0], dtype=np.uint32)

    def read(self, events: pl.Series) -> pl.Series:
        """Return what a piece's events say, as ``_READ``."""
        frame = events.struct.unnest()

        def word(name: str, words: pl.Enum) -> Small:
            """Return the places of a column's words (one more: it is none of them)."""
            if name not in frame.columns:
                return np.full(frame.height, words.categories.len(), dtype=np.uint8)
            return _places(frame[name], words).fill_null(words.categories.len()).to_numpy()

        def told(name: str) -> Small:
            return (not_blank(frame[name]) if name in frame.columns else _no(frame.height)).to_numpy()

        def yes(name: str) -> Small:
            found = frame[name].cast(pl.Boolean).fill_null(value=False) if name in frame.columns else _no(frame.height)
            return found.to_numpy()

        def days(name: str) -> NDArray[np.int32]:
            """Return the days of a column as evidence numbers them (0: none)."""
            if name not in frame.columns:
                return np.zeros(frame.height, dtype=np.int32)
            return day_numbers_of(event_days(frame[name], self._timezone))

        today = self._today
        channel = _places(frame["channel"], _CHANNEL_WORDS)
        day, confirmed, expires = days("recorded_at"), days("double_opt_in_at"), days("expires_at")
        confirmed[confirmed > today] = 0
        source = self._source_numbers[word("source", self._sources)]
        counts = day <= today
        if "effective_from" in frame.columns:
            # A grant that begins later allows nothing yet; a stop holds from when it was given.
            no_grant = (frame["status"] != "granted").fill_null(value=False)
            counts &= (days("effective_from") <= today) | no_grant.to_numpy()
        said, _ = joined([
            (numbers, _COUNTS[name])
            for name, numbers in {
                "status": word("status", _STATUS_WORDS),
                "basis": word("basis", _BASIS_WORDS),
                "method": word("method", _METHOD_WORDS),
                "has_source": (source & 1),
                "wording": told("wording"),
                "purpose": told("purpose"),
                "guardian": told("guardian"),
                **{name: yes(name) for name in _AT_SALE},
                "confirmed": confirmed > 0,
                "dated": day > 0,
                "expired": (expires > 0) & (expires < today),
                "stale": np.maximum(day, confirmed) < self._stale_before[channel.fill_null(0).to_numpy()],
            }.items()
        ])  # fmt: skip
        columns = {
            "said": said.astype(np.int32),
            "channel": channel,
            "day": day,
            "source": source >> 1,
            "counts": counts,
        }
        return pl.DataFrame(columns, schema_overrides={"source": pl.UInt32}).to_struct(events.name)


def _places(texts: pl.Series, words: pl.Enum) -> pl.Series:
    """Return the place of each text among the words (null: it is none of them)."""
    return texts.cast(words, strict=False).to_physical()


def _no(rows: int) -> pl.Series:
    return pl.repeat(value=False, n=rows, eager=True)


def _meaning(said: Mapping[str, Numbers]) -> tuple[Small, Numbers, NDArray[np.bool_]]:
    """Return what combinations of what events say come to: the kind, the evidence without day and source, and whether it is a grant that no guardian gave."""
    status, basis = said["status"], said["basis"]
    granted, withdrawn, objected, mute = (status == number for number in range(len(_STATUS)))
    sale, company = (basis == number for number in range(len(_BASIS)))
    active = (said["method"] == _METHOD.index("active")) | (said["confirmed"] == 1)
    stop = objected | withdrawn
    grant = granted & ~sale & ~company
    soft = sale & (granted | mute)
    firm = company & granted
    unread = mute & ~sale
    proof = {"time": said["dated"], "source": said["has_source"], "wording": said["wording"], "active_act": active}
    lacking = _bits(MISSING_PROOF, {**said, **proof})
    gaps = _bits(MISSING_SOFT, {**said, "status": granted})
    ticked = said["method"] == _METHOD.index("pre_ticked")
    grade = np.select(
        [ticked, lacking > 0, said["expired"] == 1, said["stale"] == 1],
        [GRADES.index(name) for name in ("pre_ticked", "no_evidence", "expired", "stale")],
        VALID,
    )
    proven = grant & (grade == VALID)
    kind = np.select(
        [stop, proven, grant, soft, firm, unread],
        [KINDS.index(name) for name in ("stop_by", "valid", "weak", "soft", "company", "unread")],
        len(KINDS),
    ).astype(np.uint8)
    rank = np.select([grant, soft, firm], [grade, np.where(gaps == 0, 2, 1), 1], 1 - said["dated"])
    # A valid consent keeps whether it names a purpose, the others what they lack.
    flags = np.select([stop, proven, grant, soft], [objected * OBJECTED + OWN, said["purpose"], lacking, gaps], 0)
    return kind, packed_numbers(rank, flags), granted & (said["guardian"] == 0)


def _bits(missing: Mapping[str, int], there: Mapping[str, NDArray[Any]]) -> Numbers:
    """Return what is not there, as bits."""
    found = np.zeros(there["status"].size, dtype=np.int64)
    for name, bit in missing.items():
        found += (there[name] == 0) * bit
    return found
