"""``lohko forget``: a person is remembered as hashes, erased from packages, and sought in what was written."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from lohko.errors import InputRefused, OutputRefused, UsageFault
from lohko.outcome import Account, Finding, Progress, silent
from lohko.package.files import refusing_when_full, write_file
from lohko.package.lock import lock, recover
from lohko.package.reading import Package, is_package
from lohko.reading.forgotten import SALT_BYTES, Memory, read_memory
from lohko.reading.traces import among
from lohko.running.erasing import Part, open_part, prepare, prove, rewrite, sweep
from lohko.running.outcome import Outcome, State
from lohko.running.strays import strays, walk
from lohko.views.forgetting.person import present, who
from lohko.views.forgetting.search import Left, Search

#: What people may have in common, in words.
SHARED = {"email": "e-mail address", "phone": "phone number", "code": "personal code", "address": "name and address"}


@dataclass(frozen=True, slots=True)
class ForgetJob:
    """Who is to be forgotten, and where.

    Attributes
    ----------
    packages : packages, or folders of packages
    ids : ids of customers; none: only those who were forgotten before
    forgotten : the file in which they are remembered
    show_values : whether ids of customers may be told
    """

    packages: Sequence[Path]
    ids: Sequence[str]
    forgotten: Path | None
    force: bool = False
    wait: float = 0.0
    dry_run: bool = False
    show_values: bool = False


def run_forget(
    job: ForgetJob,
    *,
    now: Callable[[], dt.datetime],
    progress: Progress = silent,
    salt: Callable[[int], bytes] = secrets.token_bytes,
) -> Outcome:
    """Erase people from packages, remember them, and prove it.

    They are remembered before the first package is written: a run that is killed leaves every package whole, the old one or the new,
    and the next run erases those who are remembered from the rest.

    Raises
    ------
    InputRefused
        ``customer_missing``: an id is neither in the packages nor remembered.
    LohkoError
        With the exit code of its kind.
    """
    began = time.monotonic()
    started = now()
    if job.forgotten is None:
        raise UsageFault(
            "usage",
            "lohko forget needs a file to remember in, or the next import brings them back",
            hint='name it in lohko.toml: [privacy] forgotten = "forgotten.json"',
        )
    places = list(found_packages(job.packages))
    check_memory(job.forgotten, places)
    left: dict[Path, list[Left]] = {}
    with contextlib.ExitStack() as stack:
        if not job.dry_run:
            for path in sorted([*places, job.forgotten], key=lambda p: p.resolve()):
                stack.enter_context(lock(path, job.wait))
        parts = [open_part(path, force=job.force) for path in places]
        memory = read_memory(job.forgotten) or Memory(salt(SALT_BYTES))
        frames = [part.package.frames() for part in parts]
        ids, told = whom(job, frames, memory)
        search = Search(who(frames, ids))
        for number, part in enumerate(parts):
            progress("search", number, len(parts))
            prepare(part, search)
        remembered = memory.extended(search.person.keys)
        if not job.dry_run and remembered.hashes != memory.hashes:
            write_file(job.forgotten, remembered.render())
        for number, part in enumerate(() if job.dry_run else parts):
            progress("erase", number, len(parts))
            with refusing_when_full(part.path):
                sweep(part.path)
                if part.touched:
                    rewrite(part, started)
            left[part.path] = list(prove(part, search))
    told += findings_of(parts, search, left)
    told += [
        Finding(code, {"count": len(names), "names": ", ".join(names)}, "warning")
        for code, names in zip(
            ("forget_strays", "forget_closed"), strays(job.packages, job.forgotten, search), strict=True
        )
        if names
    ]
    told += [
        Finding("forget_beside", {"count": len(names), "names": ", ".join(names)}, "warning")
        for names in beside(places, search)
        if names
    ]
    outcome = outcome_of(job, parts, search, left)
    return dataclasses.replace(outcome, findings=tuple(told), seconds=time.monotonic() - began)


def found_packages(given: Sequence[Path]) -> Iterator[Path]:
    """Yield the packages that are named, and those that lie in the folders that are named, each once."""
    seen: set[Path] = set()
    for path in given:
        recover(path)
        inside = [place for place, package in walk(path) if package]
        for place in inside or [path]:
            if place.resolve() not in seen:
                seen.add(place.resolve())
                yield place


def check_memory(path: Path, places: Sequence[Path]) -> None:
    """Refuse a place for the memory that would not last."""
    if not path.parent.is_dir():
        raise OutputRefused("output_refused", f"the folder {path.parent} does not exist")
    for place in places:
        if path.resolve().is_relative_to(place.resolve()):
            raise UsageFault(
                "usage",
                f"{path} would lie in the package {place}",
                hint="keep it beside lohko.toml, and in your backups",
            )


def whom(job: ForgetJob, frames: Sequence[Any], memory: Memory) -> tuple[frozenset[str], list[Finding]]:
    """Return the ids to begin with: those wanted, and those that are remembered and still stand in the packages."""
    wanted = [word.strip() for word in job.ids]
    here, known = present(frames, wanted, memory)
    missing = [word for word in wanted if word not in here]
    before = memory.known("id", pl.Series(missing, dtype=pl.String))
    told = [Finding("forget_before", {"count": len(before)})] if before else []
    for word in missing:
        if word not in before:
            near = sorted({name for tables in frames for name in ids_ending(tables, word)})[:3]
            raise InputRefused(
                "customer_missing",
                "an id that was named is in none of the packages, and was not forgotten before",
                hint=f"did you mean {' or '.join(near)}?" if near else "`lohko show PACKAGE customers` lists the ids",
            )
    if not wanted and not memory:
        raise UsageFault("usage", "lohko forget needs a customer", hint="lohko forget work --id 1017")
    if known - here:
        told.append(Finding("forget_remembered", {"count": len(known - here)}))
    return here | known, told


def ids_ending(tables: Mapping[str, pl.LazyFrame], word: str) -> list[str]:
    """Return ids that are the word with the prefix of a source."""
    if "customers" not in tables:
        return []
    ids = tables["customers"].select("customer_id").filter(pl.col("customer_id").str.ends_with(f":{word}"))
    return ids.unique().collect().to_series().to_list()


def findings_of(parts: Sequence[Part], search: Search, left: Mapping[Path, Sequence[Left]]) -> list[Finding]:
    """Return what is worth telling of what was erased, of what others hold, and of what was found afterwards."""
    person = search.person
    if not person.traces.ids:
        return []
    told = [
        Finding(
            "forget_erased",
            {
                "count": len(person.traces.ids),
                "rows": sum(made.rows for part in parts for made in part.tables.values()),
                "packages": sum(part.touched for part in parts),
            },
        )
    ]
    for part in parts:
        if part.touched:
            counts = part.counts()["rows"]
            data = {"package": str(part.path), "rows": sum(counts.values()), "count": len(counts)}
            told.append(Finding("forget_package", data))
    cells = sum(made.cells for part in parts for made in part.tables.values())
    lines = sum(sum(part.lines.values()) for part in parts)
    told += [Finding("forget_mentions", {"count": cells})] if cells else []
    told += [Finding("forget_lines", {"count": lines})] if lines else []
    for kind, owners in sorted(person.shared.items()):
        told.append(Finding("forget_shared", {"count": len(owners), "what": SHARED[kind]}, "warning"))
    found = sum(place.count for places in left.values() for place in places)
    if found:
        told.append(Finding("forget_left", {"count": found}, "warning"))
    elif left:
        told.append(Finding("forget_proven", {"files": sum(map(files_in, parts))}))
    return [*told, Finding("forget_outside")]


def files_in(part: Part) -> int:
    """Count a package's files."""
    return (
        1
        + sum(len(part.package.paths(name)) for name in part.package.tables)
        + len(part.package.record.get("files", ()))
    )


def beside(places: Sequence[Path], search: Search) -> Iterator[list[str]]:
    """Yield the packages that lie beside those named and hold one of the ids."""
    named = {place.resolve() for place in places}
    for folder in sorted({place.resolve().parent for place in places}):
        others = [child for child in sorted(folder.iterdir()) if child.resolve() not in named and is_package(child)]
        yield [child.name for child in others if not child.name.startswith(".") and holds(child, search)]


def holds(path: Path, search: Search) -> bool:
    """Tell whether a package that was not named holds one of the ids."""
    ids = search.person.traces.ids
    try:
        frames = Package.open(path).frames()
    except InputRefused:
        return False
    owned = [frame for frame in frames.values() if "customer_id" in frame.collect_schema()]
    return any(frame.select(among(pl.col("customer_id"), ids).any()).collect().item() for frame in owned)


def outcome_of(
    job: ForgetJob,
    parts: Sequence[Part],
    search: Search,
    left: Mapping[Path, Sequence[Left]],
) -> Outcome:
    """Return the outcome, its findings aside."""
    person = search.person
    found = {str(path): [place.as_dict() for place in places] for path, places in left.items() if places}
    figures: dict[str, Any] = {
        "customers": len(person.traces.ids),
        "remembered_in": str(job.forgotten),
        "packages": {str(part.path): part.counts() for part in parts},
        "shared": {kind: len(owners) for kind, owners in sorted(person.shared.items())},
        "searched": sum(map(files_in, parts)) if left and person.traces.ids else 0,
        "left": found,
    }
    if job.show_values:
        figures["ids"] = sorted(person.traces.ids)
        figures["shared_ids"] = {kind: sorted(owners) for kind, owners in sorted(person.shared.items())}
    state: State = "dry_run" if job.dry_run else "done" if any(part.touched for part in parts) else "up_to_date"
    return Outcome(
        "forget",
        state,
        accounting=summed(parts),
        figures=figures,
        gate=f"{sum(map(len, found.values()))} places still hold something that names them" if found else None,
    )


def summed(parts: Sequence[Part]) -> dict[str, Account]:
    """Return where the rows went, by table, all packages taken together."""
    whole: dict[str, Account] = {}
    for part in parts:
        for name, one in part.accounts.items():
            old = whole.get(name, Account())
            whole[name] = Account(
                rows_in=old.rows_in + one.rows_in, rows_out=old.rows_out + one.rows_out, erased=old.erased + one.erased
            )
    return dict(sorted(whole.items()))
