"""How a file's characters are stored: decided over the whole file, by evidence, never with a replacement character.

A byte-order mark decides; else strict UTF-8; else cp1252 or ISO-8859-15, and only where the whole file is one of them.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from lohko.errors import InputRefused, Place, UsageFault
from lohko.reading.limits import limits

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HIGH = re.compile(rb"[\x80-\xff]+")
_UNDEFINED_1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_C1 = re.compile(rb"[\x80-\x9f]")
_BETWEEN_LETTERS = re.compile(rb"(?<=[A-Za-z])[\x80-\xff](?=[A-Za-z])")
_DOS_LETTERS = frozenset(b"\x81\x84\x86\x8e\x8f\x94\x99\x9a\x82\x90")  # ü ä å Ä Å ö Ö Ü é É in cp437 and cp850
_MAC_LETTERS = frozenset(b"\x80\x81\x85\x86\x8a\x8c\x8e\x9a\x9f")  # Ä Å Ö Ü ä å é ö ü in Mac OS Roman


def known(name: str) -> str:
    """Return the codec's own name.

    Raises
    ------
    UsageFault
        Python knows no such encoding, or it is not one of text (``option_value``).
    """
    try:
        found = codecs.lookup(name)
    except LookupError:
        found = None
    if (
        found is None
        or not getattr(found, "_is_text_encoding", True)
        or found.name in {"idna", "punycode", "undefined"}
    ):
        raise UsageFault(
            "option_value",
            f"--encoding does not take '{name}'",
            hint="try utf-8, cp1252, iso-8859-15, utf-16-le or cp850",
        )
    return found.name


def marked(head: bytes) -> str | None:
    """Return the encoding that a byte-order mark names, or None."""
    return next((name for mark, name in _MARKS if head.startswith(mark)), None)


def unmarked_utf16(head: bytes) -> str | None:
    """Return ``utf-16-le`` or ``-be`` where every other byte of the sample is zero, as it is in UTF-16 without a mark."""
    sample = head[:4096]
    if len(sample) < 4 or b"\x00" not in sample:
        return None
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if odd > 0.7 * half and even < 0.1 * half:
        return "utf-16-le"
    if even > 0.7 * half and odd < 0.1 * half:
        return "utf-16-be"
    return None


def is_utf8(path: Path) -> bool:
    """Tell whether a whole file is valid UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    with path.open("rb") as file:
        while True:
            chunk = file.read(limits().chunk_bytes)
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError:
                return False
            if not chunk:
                return True


def single_byte(path: Path, name: str) -> str:
    """Decide which single-byte encoding a file that is not UTF-8 is in: ``cp1252`` or ``iso8859-15``.

    Raises
    ------
    InputRefused
        Two encodings in one file (``mixed_encoding``), at the first line of the rarer kind; or neither (``unknown_encoding``).
    """
    first_utf8 = first_other = 0
    utf8_lines = other_lines = 0
    symbols: dict[int, int] = {}
    undefined = c1 = False
    for number, line in enumerate(_lines(path), 1):
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            other_lines += 1
            first_other = first_other or number
            for hit in _BETWEEN_LETTERS.findall(line):
                symbols[hit[0]] = symbols.get(hit[0], 0) + 1
            undefined = undefined or _UNDEFINED_1252.search(line) is not None
            c1 = c1 or _C1.search(line) is not None
        else:
            utf8_lines += 1
            first_utf8 = first_utf8 or number
    if utf8_lines:
        line_number = first_other if other_lines <= utf8_lines else first_utf8
        raise InputRefused(
            "mixed_encoding",
            f"{name} holds two encodings: most lines are {'UTF-8' if other_lines <= utf8_lines else 'a single-byte encoding'}, line {line_number} is not",
            places=(Place(name, line_number),),
            count=min(utf8_lines, other_lines),
        )
    between = sum(symbols.values())
    for codec, letters in (("cp850", _DOS_LETTERS), ("mac-roman", _MAC_LETTERS)):
        if between and sum(n for byte, n in symbols.items() if byte in letters) > 0.8 * between:
            raise InputRefused(
                "unknown_encoding",
                f"{name} is neither UTF-8 nor cp1252; its letters look like {codec}",
                hint=f"read it with --encoding {codec} if its names come out right",
                places=(Place(name, first_other),),
            )
    if undefined:
        raise InputRefused(
            "unknown_encoding",
            f"{name} is neither UTF-8 nor cp1252: line {first_other} holds bytes that neither has",
            places=(Place(name, first_other),),
        )
    # In ISO-8859-15 Š š Ž ž stand where cp1252 has ¦ ¨ ´ ¸, signs that do not occur between letters.
    latin9 = not c1 and any(byte in symbols for byte in b"\xa6\xa8\xb4\xb8")
    return "iso8859-15" if latin9 else "cp1252"


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        for line in file:
            if _HIGH.search(line) is None:
                yield b""
            else:
                yield line


def to_utf8(path: Path, out: Path, encoding: str, name: str) -> Path:
    """Write a copy of a file in UTF-8 without a mark and with line feeds as its only line ends.

    Raises
    ------
    InputRefused
        A byte that the encoding does not have (``not_in_encoding``), with its line.
    """
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    line = 1
    pending = ""  # a carriage return whose line feed may come with the next chunk
    first = True
    with path.open("rb") as source, out.open("wb") as target:
        while True:
            chunk = source.read(limits().chunk_bytes)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeError as error:
                start = error.start if isinstance(error, UnicodeDecodeError) else 0
                line += chunk[:start].count(b"\n")
                raise InputRefused(
                    "not_in_encoding",
                    f"{name} is not {encoding} throughout: line {line} holds something else",
                    places=(Place(name, line),),
                ) from error
            if first and text:
                text = text.removeprefix("\ufeff")
                first = False
            text = pending + text
            pending = ""
            if text.endswith("\r") and chunk:
                text, pending = text[:-1], "\r"
            if "\r" in text:
                text = text.replace("\r\n", "\n").replace("\r", "\n")
            line += text.count("\n")
            target.write(text.encode("utf-8", "strict"))
            if not chunk:
                return out
