"""E-mail addresses: syntax, normal form, and what is doubtful about them, read once per distinct value."""

from __future__ import annotations

import re
from functools import cache

import email_validator
import polars as pl
from rapidfuzz.distance import OSA

from lohko.cleaning.recipients import vocabulary

# From the worst to the best: an address has the first that holds.
EMAIL_STATUSES = ("unreadable", "placeholder", "typo_suspected", "typo_fixed", "role", "valid")
# The local parts that need no closer look (RFC 5322 dot-atom in ASCII); all others go through email-validator one by one.
_PLAIN_LOCAL = r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$"
_LOCAL_LIMIT = 64
_ADDRESS_LIMIT = 254
# Shorter names of hosts have too many neighbours (me.com, aol.com) for one letter to tell.
_SHORTEST_HOST = 5
_SCHEMA = {"domain": pl.String, "normal_domain": pl.String, "domain_status": pl.String}


def read_emails(values: pl.Series) -> pl.DataFrame:
    """Return the distinct addresses with their normal form and status.

    The normal form has the domain in lower case (Unicode form of international domains) and the local part as it was:
    whether its case matters is up to the receiving host. An ending that no address has (``gmail.con``) is mended where the
    rest is a known mail host. Syntax is judged by email-validator, without any look-up; domains reserved for tests and
    local networks count as unreadable, since no mail can be sent there.

    Parameters
    ----------
    values : tidied text

    Returns
    -------
    DataFrame with ``value``, ``normal`` (null: not an address), ``rule`` and ``status`` (one of ``EMAIL_STATUSES``)
    """
    unique = pl.DataFrame({"value": values.unique().drop_nulls()}).with_columns(text=_plain(pl.col("value")))
    split = unique.with_columns(
        local=pl.col("text").str.extract(r"^(.*)@[^@]*$", 1), domain=pl.col("text").str.extract(r"@([^@]*)$", 1)
    )
    domains = split["domain"].unique().drop_nulls()
    read = pl.DataFrame([(d, *_domain(d)) for d in domains], schema=_SCHEMA, orient="row")
    plain = pl.col("local").str.contains(_PLAIN_LOCAL) & (pl.col("local").str.len_bytes() <= _LOCAL_LIMIT)
    split = split.join(read, on="domain", how="left").with_columns(plain=plain.fill_null(value=False))
    normal = pl.col("local") + "@" + pl.col("normal_domain")
    quick = split.filter("plain").with_columns(
        normal=pl.when(normal.str.len_bytes() <= _ADDRESS_LIMIT).then(normal),
    )
    slow = split.filter(~pl.col("plain")).with_columns(
        normal=pl.col("text").map_elements(_address, return_dtype=pl.String)
    )
    both = pl.concat([part.select("value", "local", "domain_status", "normal") for part in (quick, slow)])
    fixed = pl.col("domain_status") == "typo_fixed"
    return both.select(
        "value",
        "normal",
        rule=pl.when(fixed).then(pl.lit("email_ending_mended")).otherwise(pl.lit("email_normal_form")),
        status=_status(),
    )


def _plain(value: pl.Expr) -> pl.Expr:
    """Return the address without what stands around it: ``mailto:``, brackets, blanks beside the @, itself once more; ``%40`` as in links is the @."""
    coded = value.str.replace("%40", "@", literal=True).str.replace(r"(?i)%2b", "+")
    text = pl.when(~value.str.contains("@", literal=True)).then(coded).otherwise(value)
    text = text.str.replace(r"(?i)^mailto:\s*", "").str.replace(r"^<(.*)>$", "${1}").str.replace(r"\s*@\s*", "@")
    first, second = text.str.extract(r"^([^\s;,]+)\s*[;,]\s*([^\s;,]+)$", 1), text.str.extract(
        r"^([^\s;,]+)\s*[;,]\s*([^\s;,]+)$", 2
    )  # fmt: skip
    twice = (first.str.to_lowercase() == second.str.to_lowercase()).fill_null(value=False)
    return pl.when(twice).then(first).otherwise(text)


def _status() -> pl.Expr:
    words = vocabulary()
    local = pl.col("local").str.to_lowercase().str.replace(r"\+.*$", "").str.replace_all(r"[._-]", "")
    public = pl.col("normal").str.extract(r"@(.*)$", 1).is_in(words["public_mail_domains"])
    false_local = local.is_in(words["email_placeholders"]["local_parts"])
    return (
        pl.when(pl.col("normal").is_null())
        .then(pl.lit("unreadable"))
        .when((pl.col("domain_status") == "placeholder") | false_local)
        .then(pl.lit("placeholder"))
        .when(pl.col("domain_status").is_in(["typo_suspected", "typo_fixed"]))
        .then("domain_status")
        .when(local.is_in(words["role_local_parts"]) & ~public)
        .then(pl.lit("role"))
        .otherwise(pl.lit("valid"))
    )


def _domain(text: str) -> tuple[str | None, str]:
    """Return a domain's normal form and what is to be said of it."""
    read = _validated(text)
    if read is None:
        return None, "unreadable"
    words = vocabulary()
    if read in words["email_placeholders"]["domains"]:
        return read, "placeholder"
    hosts = words["public_mail_domains"]
    if read in hosts:
        return read, "valid"
    for ending, meant in words["email_endings"].items():
        host = read.removesuffix(f".{ending}")
        if host != read:
            mended = f"{host}.{meant}"
            return (mended, "typo_fixed") if mended in hosts else (read, "typo_suspected")
    return read, "typo_suspected" if _near_host(read) else "valid"


@cache
def _hosts() -> dict[str, list[str]]:
    """Return the names of known mail hosts by their ending."""
    found: dict[str, list[str]] = {}
    for host in vocabulary()["public_mail_domains"]:
        name, _, ending = host.partition(".")
        if len(name) >= _SHORTEST_HOST:
            found.setdefault(ending, []).append(name)
    return found


def _near_host(domain: str) -> bool:
    name, _, ending = domain.partition(".")
    slip = ending in vocabulary()["email_slips_of_com"]
    if slip and name in _hosts()["com"]:
        return True
    return any(OSA.distance(name, host, score_cutoff=1) <= 1 for host in _hosts().get(ending, ()))


def _validated(domain: str) -> str | None:
    try:
        return email_validator.validate_email(f"x@{domain}", check_deliverability=False).domain.lower()
    except email_validator.EmailNotValidError:
        return None


def _address(text: str) -> str | None:
    try:
        read = email_validator.validate_email(text, check_deliverability=False)
    except email_validator.EmailNotValidError:
        return None
    domain, _ = _domain(re.sub(r"^.*@", "", text))
    return f"{read.local_part}@{domain}" if domain else None
