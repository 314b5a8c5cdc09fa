"""E-mail addresses: syntax and normal form, read once per distinct value."""

from __future__ import annotations

import email_validator
import polars as pl

# The local parts that need no closer look (RFC 5322 dot-atom in ASCII); all others go through email-validator one by one.
_PLAIN_LOCAL = r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$"
_LOCAL_LIMIT = 64
_ADDRESS_LIMIT = 254


def read_emails(values: pl.Series) -> pl.DataFrame:
    """Return the distinct addresses with their normal form.

    The normal form has the domain in lower case (Unicode form of international domains) and the local part as it was:
    whether its case matters is up to the receiving host. Syntax is judged by email-validator, without any look-up; domains
    reserved for tests and local networks count as unreadable, since no mail can be sent there.

    Parameters
    ----------
    values : tidied text

    Returns
    -------
    DataFrame with ``value`` and ``normal`` (null: not an address)
    """
    unique = pl.DataFrame({"value": values.unique().drop_nulls()}).with_columns(
        text=pl.col("value").str.replace(r"(?i)^mailto:\s*", "").str.replace(r"^<(.*)>$", "${1}")
    )
    split = unique.with_columns(
        local=pl.col("text").str.extract(r"^(.*)@[^@]*$", 1), domain=pl.col("text").str.extract(r"@([^@]*)$", 1)
    )
    domains = split["domain"].unique().drop_nulls()
    read = pl.DataFrame(
        {"domain": domains, "normal_domain": [_domain(d) for d in domains]},
        schema={"domain": pl.String, "normal_domain": pl.String},
    )
    plain = pl.col("local").str.contains(_PLAIN_LOCAL) & (pl.col("local").str.len_bytes() <= _LOCAL_LIMIT)
    split = split.join(read, on="domain", how="left").with_columns(plain=plain.fill_null(value=False))
    normal = pl.col("local") + "@" + pl.col("normal_domain")
    quick = split.filter("plain").with_columns(
        normal=pl.when(normal.str.len_bytes() <= _ADDRESS_LIMIT).then(normal),
    )
    slow = split.filter(~pl.col("plain")).with_columns(
        normal=pl.col("text").map_elements(_address, return_dtype=pl.String)
    )
    return pl.concat([quick.select("value", "normal"), slow.select("value", "normal")])


def _domain(domain: str) -> str | None:
    try:
        return email_validator.validate_email(f"x@{domain}", check_deliverability=False).domain.lower()
    except email_validator.EmailNotValidError:
        return None


def _address(text: str) -> str | None:
    try:
        read = email_validator.validate_email(text, check_deliverability=False)
    except email_validator.EmailNotValidError:
        return None
    return f"{read.local_part}@{read.domain.lower()}"
