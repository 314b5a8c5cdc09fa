"""Reading ahead of the gate: a large file that begins well is parsed while the rest of it is still being checked.

What was read stands only if the gate, when it has seen every byte, found nothing that would have had the file read otherwise; else it is
thrown away and the file read in order. Where the gate only counted, and the parser refuses a line or the values are refused, every line is
checked and the file read in order, too. So reading ahead changes how long it takes, and nothing else.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from lohko.errors import InputRefused, ToolFault
from lohko.reading.opening import Opening, open_file
from lohko.reading.passes import Part, read_file
from lohko.reading.survey import NotUtf8, OldLineEnds
from lohko.reading.textfile import TextFile, scan_text
from lohko.reading.unpacking import Plain


def open_and_read(plain: Plain, opening: Opening) -> tuple[TextFile, Part]:
    """Open an input and read it into Parquet.

    Raises
    ------
    InputRefused
        See ``opening.open_file`` and ``passes.read_file``; what is wrong with the bytes comes before what is wrong with the values.
    """
    file = open_file(plain, opening)
    opening.progress(f"read {file.name}", 0, 1)
    early = _try(file, opening)
    if file.rest is not None:
        try:
            gate = file.rest.result()
        except (NotUtf8, OldLineEnds):  # to be brought to UTF-8 first
            return _in_order(plain, opening)
        assert file.dialect is not None
        stands = file.gate.as_read() == gate.as_read()
        file = replace(file, gate=gate, rest=None, scan=partial(scan_text, gate, file.dialect))
        if not stands:
            early = _try(file, opening)
    if isinstance(early, Part):
        return file, early
    if file.gate.counted:  # perhaps a line was too long, and the count hid it
        return _in_order(plain, opening)
    raise early


def _in_order(plain: Plain, opening: Opening) -> tuple[TextFile, Part]:
    """Check every line, then read."""
    file = open_file(plain, replace(opening, beside=None))
    return file, _read(file, opening)


def _try(file: TextFile, opening: Opening) -> Part | InputRefused | ToolFault:
    try:
        return _read(file, opening)
    except (InputRefused, ToolFault) as error:
        return error


def _read(file: TextFile, opening: Opening) -> Part:
    scratch: Path = opening.scratch
    return read_file(file, opening.params, scratch, opening.number)
