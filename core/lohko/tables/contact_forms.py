"""E-mail addresses, phone numbers and addresses in comparing form: by these customers are found again, in any writing.

The forms are wide, at least as wide as those by which duplicates are found.
"""

from __future__ import annotations

import polars as pl

from lohko.tables.text import folded

# Numbers are compared by this many last digits: the same with and without the prefix of any country.
_TELLING = 9
# What stands in comparing form once it is in lower case; what is already an international number. Registers hold little else, and the
# expressions for the rest are dear.
_PLAIN_EMAIL = r"^[a-z0-9._%-]+@[a-z0-9.-]*[a-z0-9]$"
_PLAIN_PHONE = r"^\+[1-9][0-9]+$"
# One host under two names, at which dots in the mailbox's name are none.
_DOTLESS = r"@g(?:oogle)?mail\.com$"
# Arabic and Persian digits; what a spreadsheet makes of a number, of which the last digits are lost.
_OTHER_DIGITS = {chr(zero + n): str(n) for zero in (0x0660, 0x06F0) for n in range(10)}
_DESTROYED = r"^\s*\d([.,]\d+)?[eE]\+?\d+\s*$"
# What parts several phone numbers in one cell, and how many digits each has at least; an e-mail address among others.
_BETWEEN = r"[/;,|&\n]|\s(?:tai|ja|or|and|eller|och)\s"
_FEWEST_DIGITS = 6
_ONE_EMAIL = r"[^\s<>;,|/]+@[^\s<>;,|/]+"
_CALLING = "calling code"
# What follows a number within a house: extension, alanumero, anknytning.
_EXTENSION = r"(?i)[\s,;]*(?:ext\.?|x|alanumero|alanro|anknytning|ankn\.?|#)\s*\d{1,6}\s*$"


def email_key(value: pl.Expr) -> pl.Expr:
    """Return an e-mail address for comparing: the mailbox alone, in lower case, since one mailbox answers to both cases and to every +tag.

    At Gmail it answers with and without dots, too. A domain in its ASCII form (``xn--…``) is read as what it stands for.
    """
    return value.map_batches(_email_keys, return_dtype=pl.String(), is_elementwise=True)


def _email_keys(texts: pl.Series) -> pl.Series:
    # Most addresses stand in comparing form, and finding that out is all they cost.
    plain = texts.str.contains(_PLAIN_EMAIL) & ~texts.str.contains(_DOTLESS) & ~texts.str.contains("xn--", literal=True)
    others = (~plain).arg_true()
    if not others.len():
        return texts
    keys = texts.gather(others).to_frame("text").select(_wide_email_key(pl.col("text"))).to_series()
    return texts.clone().scatter(others, keys)


def _wide_email_key(value: pl.Expr) -> pl.Expr:
    lower = value.str.to_lowercase()
    plain = lower.str.contains(_PLAIN_EMAIL)
    text = pl.when(~plain).then(lower).str.normalize("NFKC").str.replace_all(r"\s+", "")
    text = pl.coalesce(text.str.extract(r"<([^<>@]+@[^<>@]+)>", 1), text)
    text = pl.when(~text.str.contains("@", literal=True)).then(_unlinked(text)).otherwise(text)
    text = text.str.replace(r"^[<\"']*(?:mailto:)?", "").str.replace(r"[<>;,.\"']+$", "").str.replace(r"\+[^@]*@", "@")
    text = text.str.replace_all('"', "", literal=True).str.replace(r"[(\[{](?:at|ät|miukumauku)[)\]}]", "@")
    text = pl.when(plain).then(lower).when(text != "").then(text)
    dotless = text.str.contains(_DOTLESS)
    mailbox = pl.when(dotless).then(text).str.extract(r"^([^@]*)@", 1).str.replace_all(".", "", literal=True)
    text = pl.when(dotless).then(mailbox + pl.lit("@gmail.com")).otherwise(text)
    return text.map_batches(_domains_read, return_dtype=pl.String(), is_elementwise=True)


def _unlinked(text: pl.Expr) -> pl.Expr:
    """Return an address in the writing of links, in which signs are codes, as it is meant."""
    return text.str.replace("%40", "@", literal=True).str.replace("%2b", "+", literal=True)


def _domains_read(texts: pl.Series) -> pl.Series:
    """Return addresses with the domains in their letters, where they stand in ASCII for others (RFC 3492)."""
    coded = texts.filter(texts.str.contains("xn--", literal=True)).unique()
    return texts.replace({text: _domain_read(text) for text in coded}) if coded.len() else texts


def _domain_read(text: str) -> str:
    mailbox, at, domain = text.rpartition("@")
    try:
        return mailbox + at + domain.encode("ascii").decode("idna").lower()
    except UnicodeError:
        return text


def is_international(value: pl.Expr) -> pl.Expr:
    """Tell of a phone number whether it is plainly an international one, so that no country need be asked."""
    return value.str.contains(_PLAIN_PHONE)


def plain_phone_key(value: pl.Expr) -> pl.Expr:
    """Return what ``phone_key`` says of a number that ``is_international``."""
    last = value.str.slice(-_TELLING)
    # Of so long a number neither Finland's prefix nor zeros after it reach into the last digits, unless these begin with a zero.
    enough = (value.str.len_bytes() >= len("+358") + _TELLING) & ~last.str.starts_with("0")
    digits = pl.when(~enough).then(value).str.strip_prefix("+").str.strip_prefix("358").str.strip_chars_start("0")
    return pl.when(enough).then(last).when(digits != "").then(digits.str.slice(-_TELLING))


def phone_key(value: pl.Expr, calling: pl.Expr | None = None) -> pl.Expr:
    """Return the telling last digits of a phone number; a national number first gets the calling code, if one is given.

    It settles whether two numbers may be the same line, not whether a number is valid.
    """
    both = pl.struct(value, (pl.lit(None, pl.String) if calling is None else calling).alias(_CALLING))
    return both.map_batches(_phone_keys, return_dtype=pl.String(), is_elementwise=True)


def _phone_keys(cells: pl.Series) -> pl.Series:
    """Return the keys of numbers with the calling codes beside them, each step done once and only where it has to be."""
    frame = cells.struct.unnest()
    frame.columns = ["value", _CALLING]
    plain = frame.select(is_international(pl.col("value"))).to_series()
    international = frame.select(value=pl.when(plain).then("value"))
    keys = international.select(plain_phone_key(pl.col("value"))).to_series().alias(cells.name)
    others = (~plain).arg_true()
    if not others.len():
        return keys
    text = pl.col("value").str.normalize("NFKC").str.replace_many(_OTHER_DIGITS).str.replace_all(r"\(0\)", "")
    whole = pl.when(~pl.col("text").str.contains(_DESTROYED)).then("text")
    abroad = pl.col("text").str.contains(r"^\s*(?:\+|00)").fill_null(value=False)
    national = pl.col(_CALLING) + pl.col("digits").str.replace(r"^0", "")
    rest = (
        frame[others]
        .with_columns(text=text.str.replace(r"\.0$|" + _EXTENSION, ""))
        .with_columns(digits=whole.str.replace_all(r"\D", ""))
        .with_columns(digits=pl.when(abroad).then("digits").otherwise(pl.coalesce(national, "digits")))
        .with_columns(digits=pl.col("digits").str.replace(r"^(?:00)?358", "").str.strip_chars_start("0"))
        .select(pl.when(pl.col("digits") != "").then(pl.col("digits").str.slice(-_TELLING)))
    )
    return keys.scatter(others, rest.to_series())


def several_contacts(value: pl.Expr, kind: str) -> pl.Expr:
    """Tell of a cell of ``email`` or ``phone`` whether it holds several addresses or numbers."""
    if kind == "email":
        return value.str.count_matches("@", literal=True) > 1
    # A plain international number is one, and quickly told; few others hold what parts numbers.
    parted = pl.when(~is_international(value)).then(value).str.contains(_BETWEEN).fill_null(value=False)
    return (parted & (_digits(pl.when(parted).then(value)) >= 2 * _FEWEST_DIGITS)).fill_null(value=False)


def contact_parts(value: pl.Expr, kind: str) -> pl.Expr:
    """Return the addresses or numbers of a cell that holds several, as a list."""
    if kind == "email":
        return value.str.extract_all(_ONE_EMAIL)
    parts = value.str.replace_all(_BETWEEN, "\n").str.split("\n")
    return parts.list.filter(_digits(pl.element()) >= _FEWEST_DIGITS)


def contacts_in(value: pl.Expr, kind: str) -> pl.Expr:
    """Return what a cell of ``email`` or ``phone`` holds, as a list: the cell as it stands, or each of several."""
    parts = contact_parts(value, kind)
    return pl.when(several_contacts(value, kind) & (parts.list.len() > 0)).then(parts).otherwise(pl.concat_list(value))


def _digits(value: pl.Expr) -> pl.Expr:
    return value.str.replace_all(r"\D", "").str.len_bytes()


def address_keys(street: str = "street", postcode: str = "postcode") -> dict[str, pl.Expr]:
    """Return the keys of a name at the address in these columns: ``person`` (with the first first name) and ``family`` (without).

    Null where last name, street or postcode is missing: half an address names nobody.
    """
    return _joined(
        folded(pl.col("last_name")), folded(pl.col(street)), compact_postcode(postcode), folded(pl.col("first_name"))
    )


def with_address_keys(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with ``address_keys``, each distinct text folded once: folding is dear, and names repeat."""
    if not frame.height:
        return frame.with_columns(family=pl.lit(None, pl.String), person=pl.lit(None, pl.String))
    forms = {
        "last_name": folded(pl.col("last_name")),
        "street": folded(pl.col("street")),
        "postcode": compact_postcode(),
        "first_name": folded(pl.col("first_name")),
    }
    parts = frame.select(*forms)
    for name, form in forms.items():
        distinct = parts.select(pl.col(name).unique()).with_columns(form.alias(f"{name}_form"))
        parts = parts.join(distinct, on=name, how="left", nulls_equal=True, maintain_order="left")
    keys = parts.select(**_joined(*(pl.col(f"{name}_form") for name in forms)))
    return frame.with_columns(keys["family"], keys["person"])


def _joined(last_name: pl.Expr, street: pl.Expr, postcode: pl.Expr, first_name: pl.Expr) -> dict[str, pl.Expr]:
    """Return the keys from their parts in comparing form."""
    place = last_name + pl.lit("|") + street + pl.lit("|") + postcode
    return {"family": place, "person": place + pl.lit("|") + first_name.str.extract(r"^(\S+)", 1)}


def compact_postcode(column: str = "postcode") -> pl.Expr:
    """Return the postcode for comparing: no spaces, no country prefix, no zeros that a spreadsheet takes off."""
    text = folded(pl.col(column).str.replace(r"\.0$", "")).str.replace_all(" ", "", literal=True)
    return text.str.replace(r"^[a-z]{1,2}(\d{3,5})$", "${1}").str.replace(r"^0+", "")
