"""Text forms as polars expressions: tidied for keeping, folded for comparing."""

from __future__ import annotations

import polars as pl

# Zero-width characters, soft hyphens and byte-order marks: invisible, but they make equal values differ.
_INVISIBLE = r"[\u{200B}-\u{200F}\u{2060}\u{FEFF}\u{00AD}]"


def tidied(value: pl.Expr) -> pl.Expr:
    """Return the text in Unicode NFC, without invisible characters, white space collapsed and trimmed; empty is null."""
    text = (
        value.str.normalize("NFC").str.replace_all(_INVISIBLE, "").str.replace_all(r"[\s\p{Z}]+", " ").str.strip_chars()
    )
    return pl.when(text != "").then(text)


def folded(value: pl.Expr) -> pl.Expr:
    """Return the text for comparing: lower case, no accents, words parted by one space; empty is null.

    Finnish and Swedish letters lose their dots and rings (``Töölö`` is ``toolo``), since files from older systems do, too.
    """
    text = (
        value.str.to_lowercase()
        .str.normalize("NFKD")
        .str.replace_all(r"\p{M}+", "")
        .str.replace_all(r"[^\p{L}\p{N}]+", " ")
        .str.strip_chars(" ")
    )
    return pl.when(text != "").then(text)


def says_something(name: str) -> pl.Expr:
    """Return where the text of a column holds a letter or a digit; a dash says nothing, and a missing text neither."""
    return pl.col(name).str.contains(r"[\p{L}\p{N}]").fill_null(value=False)
