"""A mapping file drafted from what was found, to be mended by hand and given back with ``--mapping``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lohko.reading.ingest import Reading


def draft_mapping(reading: Reading) -> str:
    """Write the columns found in a reading as a mapping file.

    Columns that were carried along stand beside as comments, so that one of them can be given its place. A table read from several
    sources has a section for each.
    """
    sections: dict[str, tuple[dict[str, str], list[str]]] = {}
    for file in reading.figures["files"]:
        title = file["table"] if file["source"] is None else f"{file['table']}@{file['source']}"
        columns, carried = sections.setdefault(title, ({}, []))
        for ours, theirs in file["columns"].items():
            columns.setdefault(ours, theirs)
        carried.extend(theirs for theirs in file["carried"].values() if theirs and theirs not in carried)
    lines = ["# our column = theirs"]
    for title, (columns, carried) in sections.items():
        lines.append(f"\n[mapping.{_key(title)}]")
        lines.extend(f"{ours} = {_text(theirs)}" for ours, theirs in columns.items())
        if carried:
            lines.append("# carried along: " + ", ".join(_text(c) for c in carried))
    return "\n".join(lines) + "\n"


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)  # a JSON string is a basic string of TOML


def _key(title: str) -> str:
    return _text(title) if "@" in title else title
