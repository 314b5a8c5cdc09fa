"""What is in the bytes of a text file, so that what is not there need not be looked for: looked at in pieces that fit the processor's cache."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from lohko.errors import InputRefused, Place

_TAB, _LF, _CR, _QUOTE = 9, 10, 13, 34
_BLANKS = (9, 11, 12, 32)
_LEADS = (0xC2, 0xE1, 0xE2, 0xE3, 0xEF)  # with which those beyond ASCII begin
_WINDOW = 1 << 17
_SPACES = np.array(
    sorted(
        int.from_bytes(chr(code).encode().ljust(3, b"\xff"))
        for code in (0x85, 0xA0, 0x1680, *range(0x2000, 0x200C), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF)
    ),
    dtype=np.int64,
)  # the spaces beyond ASCII: their two or three bytes in UTF-8 as one number
Bytes = npt.NDArray[np.uint8]


class NotUtf8(Exception):
    """The file has bytes that are not UTF-8."""


class OldLineEnds(Exception):
    """The file has carriage returns that no line feed follows."""


class Survey:
    """Looks at whole lines, and remembers what was there.

    Attributes
    ----------
    ascii : nothing beyond ASCII
    quotes : double quotes
    spaces : spaces, of whatever kind, at the edge of a field
    scientific : numbers like 1E+11
    tildes : an A with a tilde, which is what letters leave behind that were decoded wrongly
    """

    def __init__(self, name: str, separator: bytes) -> None:
        self.name = name
        self.separator = separator[0]
        self.ascii = True
        self.quotes = self.spaces = self.scientific = self.tildes = False

    def look(self, lines: bytes, number: int, *, counting: bool = False) -> tuple[int, int] | None:
        """Look at whole lines; the first is physical line ``number``.

        Returns
        -------
        The delimiters and the line feeds in them, where ``counting``.

        Raises
        ------
        NotUtf8, OldLineEnds
            The file must be brought to UTF-8 and line feeds first.
        InputRefused
            A NUL byte (``nul_byte``).
        """
        self._nul(lines, number)
        returns = b"\r" in lines
        if returns and lines.count(b"\r") != lines.count(b"\r\n"):
            raise OldLineEnds
        wide = not lines.isascii()
        if wide:
            self.ascii = False
            try:
                pl.Series([lines], dtype=pl.Binary).cast(pl.String)
            except pl.exceptions.ComputeError as error:
                raise NotUtf8 from error
        self.quotes = self.quotes or b'"' in lines
        if self.quotes and self.separator == _TAB:
            self.spaces = True  # a tab at the edge of a quoted field cannot be told from a delimiter by its neighbours
        self.tildes = self.tildes or (wide and b"\x83" in lines and b"\xc3\x83" in lines)
        everything = np.frombuffer(lines, dtype=np.uint8)
        if not self.scientific and b"+" in lines:
            at = np.flatnonzero(everything == ord("+"))
            self.scientific = bool(((everything[at[at > 0] - 1] | 0x20) == ord("e")).any())
        more = [*([_CR] if returns else ()), *([_QUOTE] if self.quotes else ())]
        if wide and not self.spaces:
            leads = [b for b in _LEADS if b in lines]
            self.spaces = _space_at_edge(everything, leads, [self.separator, _LF, *more])
        blanks = [b for b in _BLANKS if b != self.separator and b in lines] if not self.spaces else []
        self.spaces = self.spaces or (bool(lines) and lines[0] in blanks)
        return self._pass(everything, blanks, more) if counting or blanks else None

    def _pass(self, everything: Bytes, blanks: list[int], more: list[int]) -> tuple[int, int]:
        """Count delimiters and line feeds, and see whether blanks stand beside them or beside ``more`` signs, in one pass."""
        delimiters = ends = 0
        for start in range(0, len(everything), _WINDOW):
            window = everything[start : start + _WINDOW + 1]  # windows share a byte, so that all neighbours meet in one
            edge, end = window == self.separator, window == _LF
            delimiters += int(np.count_nonzero(edge[:_WINDOW]))
            ends += int(np.count_nonzero(end[:_WINDOW]))
            if blanks and not self.spaces:
                edge |= end
                for sign in more:
                    edge |= window == sign
                self.spaces = _beside(_among(window, blanks), edge)
        return delimiters, ends

    def unfinished(self, text: bytes, number: int) -> None:
        """Look at the beginning of a line whose end has not been read."""
        self._nul(text, number)
        if text.count(b"\r", 0, -1):
            raise OldLineEnds

    def _nul(self, text: bytes, number: int) -> None:
        place = text.find(b"\x00")
        if place >= 0:
            line = number + text.count(b"\n", 0, place)
            raise InputRefused(
                "nul_byte",
                f"{self.name} holds a NUL byte near line {line}: it is not a text file, or it is damaged",
                places=(Place(self.name, line),),
            )


def _beside(blank: npt.NDArray[np.bool_], edge: npt.NDArray[np.bool_]) -> bool:
    near = blank[2:] | blank[:-2]
    near &= edge[1:-1]
    return bool(near.any() or (blank[1:2] & edge[:1]).any() or (blank[-2:-1] & edge[-1:]).any())


def _space_at_edge(lines: Bytes, leads: list[int], edges: list[int]) -> bool:
    """Tell whether one of the spaces beyond ASCII stands beside a delimiter, a quote or a line end."""
    if not leads:
        return False
    lead = np.flatnonzero(_among(lines, leads))
    lead = lead[lead < len(lines) - 2]
    code = lines[lead].astype(np.int64) << 16 | lines[lead + 1].astype(np.int64) << 8 | lines[lead + 2]
    code[lines[lead] == 0xC2] |= 0xFF  # a character of two bytes
    near = np.minimum(np.searchsorted(_SPACES, code), len(_SPACES) - 1)
    lead = lead[_SPACES[near] == code]
    if not lead.size:
        return False
    before = np.where(lead > 0, lines[lead - 1], _LF)
    after = lines[np.minimum(lead + np.where(lines[lead] == 0xC2, 2, 3), len(lines) - 1)]
    return bool((np.isin(before, edges) | np.isin(after, edges)).any())


def _among(window: Bytes, signs: list[int]) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = window == signs[0]
    for sign in signs[1:]:
        found |= window == sign
    return found
