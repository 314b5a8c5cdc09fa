"""Who may be contacted through a channel, as a list for a sending tool.

Only customers whose decision is ``may`` are listed. The register's word on the deceased and on protected addresses is asked
again as of the day of the list, since it may be younger than the decisions.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from lohko.cleaning.contact_keys import address_keys, email_key, phone_key
from lohko.cleaning.countries import home_country, row_country
from lohko.cleaning.frames import in_order, taken
from lohko.cleaning.people import merged_rows, people
from lohko.cleaning.permission_lists import register_facts
from lohko.cleaning.permission_rules import RuleBook, rule_book
from lohko.errors import InputRefused
from lohko.outcome import Finding
from lohko.tables.types import schema

_NAMES = ("first_name", "last_name", "company_name")
#: Columns by which each channel reaches a customer.
ADDRESS: dict[str, tuple[str, ...]] = {
    "email": ("email",),
    "sms": ("phone",),
    "phone": ("phone",),
    "robocall": ("phone",),
    "post": ("street", "postcode", "city", "country"),
    "push": (),
    "ad_audience": ("email", "phone"),
}


@dataclass(frozen=True, slots=True)
class Export:
    """A list for a sending tool, and the proof that goes with it.

    Attributes
    ----------
    rows : ``customer_id``, the channel's address, names, ``language``, ``segment``, ``segment_name``; sorted by customer
    about : plain JSON values: channel, days, version of the rules, who was left out and why
    findings : the same, for people
    """

    rows: pl.DataFrame
    about: Mapping[str, Any]
    findings: tuple[Finding, ...]


def export(
    frames: Mapping[str, pl.LazyFrame],
    history: Sequence[Mapping[str, Any]],
    channel: str,
    segments: Sequence[str],
    as_of: dt.date,
    *,
    max_age_days: int,
    skip_unscreened: bool,
    book: RuleBook | None = None,
) -> Export:
    """List those who may be contacted through a channel, one row an address.

    Parameters
    ----------
    frames : a package's tables; ``customers`` and ``permissions`` are needed
    history : the records of the steps that led to it
    segments : slugs or names; none: all customers
    as_of : the day on which the list is to be used
    max_age_days : how old the decisions may be on that day
    skip_unscreened : leave out those who must be screened first, instead of refusing
    book : the rules by which the package was decided; None: lohko's

    Raises
    ------
    InputRefused
        ``table_needed``, ``permissions_old``, ``permissions_later``, ``screening_stale`` or ``no_such_segment``.
    """
    book = book or rule_book()
    for name in ("customers", "permissions"):
        if name not in frames:
            raise InputRefused(
                "table_needed", f"export needs the table {name}", hint="run `lohko clean` or `lohko consents` first"
            )
    decided = frames["permissions"].filter(pl.col("channel") == channel).collect()
    decided_on = _fresh(decided, as_of, max_age_days)
    figures, parameters = decisions_record(history)
    kept = _selected(frames, decided, segments)
    selected = kept.height
    left: Counter[str] = Counter()
    others = kept.filter(pl.col("decision") != "may")
    left.update(dict(others.group_by("reason").len().iter_rows()))
    screened = figures.get("screened", {}).get(channel)
    rest_on_screening = {
        rule.reason
        for rule in book.rules
        if "screening" in rule.when and (not rule.channels or channel in rule.channels)
    }
    asks = pl.col("reason").is_in(sorted(rest_on_screening))
    limit = parameters.get("screening_days")
    kept, unscreened = _screened(kept, asks, channel, screened, limit=limit, as_of=as_of, skip=skip_unscreened)
    left["screen_first"] += unscreened
    kept = kept.filter(pl.col("decision") == "may")
    people_rows = _with_addresses(frames, channel)
    listed = kept.join(people_rows, on="customer_id", how="left", maintain_order="left")
    for reason, ids in _registered(frames, book, as_of).items():
        if reason == "deceased" or channel == "post":
            hit = pl.col("customer_id").is_in(ids.implode())
            left[reason] += listed.filter(hit).height
            listed = listed.filter(~hit)
    without = listed["address"].is_null() if channel != "push" else pl.Series([False] * listed.height, dtype=pl.Boolean)
    left["no_contact_point"] += int(without.sum())
    listed = listed.filter(~without).sort("customer_id")
    once = listed.unique("address", keep="first", maintain_order=True) if channel != "push" else listed
    same = listed.height - once.height
    columns = ("customer_id", *ADDRESS[channel], *_NAMES, "language", "segment", "segment_name")
    rows = once.select(columns)
    left_out = [
        {"why": why, "count": count} for why, count in sorted(left.items(), key=lambda e: (-e[1], e[0])) if count
    ]
    about = {
        "channel": channel,
        "as_of": as_of.isoformat(),
        "permissions_as_of": decided_on.isoformat() if decided_on else None,
        "rules": figures.get("rules"),
        "screened": screened,
        "segments": sorted(kept["segment"].drop_nulls().unique()) if segments else None,
        "customers": decided.height,
        "selected": selected,
        "rows": rows.height,
        "same_address": same,
        "left_out": left_out,
    }
    return Export(rows, about, tuple(_findings(about, others)))


def decisions_record(history: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return figures and parameters of the step that decided the permissions (empty where no step is on record)."""
    for record in reversed(history):
        if record.get("step") in {"clean", "consents"}:
            figures = record.get("figures", {})
            return figures.get("consents", figures), record.get("parameters", {})
    return {}, {}


def _fresh(decided: pl.DataFrame, as_of: dt.date, max_age_days: int) -> dt.date | None:
    """Return the day of the decisions; refuse those that are too old for the list's day, or younger than it."""
    if decided.is_empty():
        return None
    first, last = min(decided["as_of"]), max(decided["as_of"])
    if last > as_of:
        raise InputRefused("permissions_later", f"the permissions were decided as of {last}, the list is as of {as_of}")
    age = (as_of - first).days
    if age > max_age_days:
        raise InputRefused(
            "permissions_old",
            f"the permissions were decided as of {first}: {age} days before {as_of}; {max_age_days} are allowed",
        )
    return first  # type: ignore[no-any-return]


def _selected(frames: Mapping[str, pl.LazyFrame], decided: pl.DataFrame, wanted: Sequence[str]) -> pl.DataFrame:
    """Return the decisions of those in the segments, with ``segment`` and ``segment_name``."""
    if "segments" not in frames:
        if wanted:
            raise InputRefused(
                "table_needed", "--segment needs the table segments", hint="run `lohko segment` first, or leave it out"
            )
        return decided.with_columns(pl.lit(None, pl.String).alias(name) for name in ("segment", "segment_name"))
    segments = frames["segments"].select("customer_id", "segment", "segment_name").collect()
    joined = decided.join(segments, on="customer_id", how="left", maintain_order="left")
    if not wanted:
        return joined
    known = segments.select("segment", "segment_name").unique().sort("segment")
    slugs = {slug.casefold(): slug for slug in known["segment"]}
    names = {name.casefold(): slug for slug, name in known.iter_rows()}
    found = []
    for word in wanted:
        slug = slugs.get(word.strip().casefold()) or names.get(word.strip().casefold())
        if slug is None:
            near = difflib.get_close_matches(word.casefold(), [*slugs, *names], 1, 0.4)
            meant = slugs.get(near[0]) or names[near[0]] if near else None
            hint = f"did you mean '{meant}'?" if meant else f"the segments are {', '.join(known['segment'])}"
            raise InputRefused("no_such_segment", f"there is no segment '{word}'", hint=hint)
        found.append(slug)
    return joined.filter(pl.col("segment").is_in(found))


def _screened(
    kept: pl.DataFrame,
    asks: pl.Expr,
    channel: str,
    screened: str | None,
    *,
    limit: int | None,
    as_of: dt.date,
    skip: bool,
) -> tuple[pl.DataFrame, int]:
    """Return the customers without those whose permission rests on a screening that is stale, and how many that were.

    Parameters
    ----------
    asks : whether the reason is one of a rule that asks for a screening

    Raises
    ------
    InputRefused
        ``screening_stale``: there are such customers, and they were not to be left out.
    """
    age = (as_of - dt.date.fromisoformat(screened)).days if screened else None
    stale = age is None or limit is None or age > limit
    rests = asks & (pl.col("decision") == "may")
    hit = kept.filter(rests).height if stale else 0
    held = kept.filter(asks & (pl.col("decision") == "screen_first")).height
    if (hit or held) and not skip:
        when = f"were screened {age} days ago; {limit} are allowed" if age is not None else "are not screened"
        raise InputRefused(
            "screening_stale",
            f"{hit + held} customers may be contacted by {channel} only after a screening, and its opt-out registers {when}",
        )
    return (kept.filter(~rests) if stale else kept), hit


def _with_addresses(frames: Mapping[str, pl.LazyFrame], channel: str) -> pl.DataFrame:
    """Return one row a customer: what the list shows, and ``address``, the address in comparing form (null: none)."""
    customers = taken(frames, "customers")
    types = schema("customers")
    absent = [name for name in types if name not in customers.collect_schema()]
    shown = ("customer_id", "row_id", "email", "phone", "street", "postcode", "city", "country", *_NAMES, "language")
    rows = customers.with_columns(pl.lit(None, types[name]).alias(name) for name in absent).select(shown).collect()
    home = home_country(customers.collect(), None).code
    rows = rows.with_columns(country=row_country(rows).fill_null(pl.lit(home, pl.String)))
    mail = pl.when(pl.col("email").str.contains(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")).then(email_key(pl.col("email")))
    digits = pl.col("phone").str.replace_all(r"\D", "").str.len_bytes() >= 6
    call = pl.when(digits).then(phone_key(pl.col("phone"), pl.col("country")))
    place = pl.concat_str(
        [pl.col(name).fill_null("") for name in (*_NAMES, "street", "postcode", "city")], separator="\x1f"
    ).str.to_lowercase()
    reachable = pl.col("street").str.contains(r"\S") & (pl.col("postcode").is_not_null() | pl.col("city").is_not_null())
    keys = {
        "email": mail,
        "post": pl.when(reachable).then(pl.coalesce(address_keys()["person"], place)),
        "ad_audience": pl.when(mail.is_not_null() | call.is_not_null()).then(
            mail.fill_null("") + pl.lit("\x1f") + call.fill_null("")
        ),
        "push": pl.lit(None, pl.String),
    }
    key = keys.get(channel, call)
    # rows that share an id are one customer: the first of them that can be reached stands for it
    return (
        in_order(rows)
        .with_columns(address=key)
        .sort(pl.col("address").is_null(), maintain_order=True)
        .unique("customer_id", keep="first", maintain_order=True)
        .drop("row_id")
    )


def _registered(frames: Mapping[str, pl.LazyFrame], book: RuleBook, as_of: dt.date) -> dict[str, pl.Series]:
    """Return the ids of the deceased and of those with a protected address, as the registers know them on the day."""
    if "address_updates" not in frames:
        return {}
    customers = taken(frames, "customers").collect()
    crosswalk = taken(frames, "crosswalk").collect()
    former = merged_rows(taken(frames, "originals").collect(), crosswalk)
    one, rows = people(customers, home_country(customers, None).code, as_of, book.age_limits, former)
    own = one.select("idx", id="customer_id")
    merged = crosswalk.join(one.select("idx", "customer_id"), on="customer_id")
    ids = pl.concat([own, merged.select("idx", id="source_customer_id")]).unique()
    found, _ = register_facts(taken(frames, "address_updates"), ids, rows, as_of=as_of)
    told = one.join(found, on="idx")
    return {
        "deceased": told.filter(pl.col("deceased_by").is_not_null())["customer_id"],
        "protected_address": told.filter(pl.col("protected_by").is_not_null())["customer_id"],
    }


def _findings(about: Mapping[str, Any], others: pl.DataFrame) -> list[Finding]:
    decisions = dict(others.group_by("reason").agg(pl.col("decision").first()).iter_rows())
    told = {
        "count": about["rows"],
        "of": about["selected"],
        "channel": about["channel"],
        "rules": about["rules"] or "?",
    }
    found = [Finding("export_listed", {**told, "day": about["permissions_as_of"]})]
    if not about["rows"]:
        found = [Finding("export_empty", {"channel": about["channel"]}, "warning")]
    for entry in about["left_out"]:
        decision = decisions.get(entry["why"], "may_not").replace("_", " ")
        found.append(Finding("export_left_out", {**entry, "decision": decision}))
    if about["same_address"]:
        found.append(Finding("export_same_address", {"count": about["same_address"]}))
    return found
