"""Texts of the data without what cannot be seen but acts: control characters, and those that turn the direction of a line.

A name may hold an escape sequence that a terminal obeys (``cat report.md``), or an override that shows a number backwards.
"""

from __future__ import annotations

import re
from typing import Final

_ACTING: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)


def plain(text: str) -> str:
    """Return a text without control, bidi and zero-width characters; line breaks and tabs stay."""
    return _ACTING.sub("", text)


def escaped(json: str) -> str:
    """Return JSON with such characters written as escapes: the same data, nothing that acts."""
    return _ACTING.sub(lambda found: f"\\u{ord(found[0]):04x}", json)
