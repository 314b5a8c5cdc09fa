"""Where a parameter's value comes from: flags, then ``LOHKO_*`` variables, then ``lohko.toml``, then defaults."""

from __future__ import annotations

import dataclasses
import datetime as dt
import difflib
import tomllib
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lohko.errors import Place, UsageFault
from lohko.parameters import Params
from lohko.reading.params import IngestParams
from lohko.running.costs import checked_costs
from lohko.running.params import CompareParams, ExportParams, ReportParams, RunParams
from lohko.running.prices import asked_prices, checked_prices
from lohko.steps import STEPS
from lohko.tables import source_tables, tables
from lohko.value.prices import KEYS as PRICES
from lohko.views.health.params import HealthParams

FILE = "lohko.toml"

#: Keys that any step's section may hold beside its own parameters.
COMMON: dict[str, type] = {"as_of": str, "timezone": str, "format": str}
_GATES: dict[str, dict[str, type]] = {"ingest": {"max_rejects": str, "format": str}}
_FREE = (
    "costs",
    "prices",
)  # costs: what faults cost, for `lohko health`; prices: what visits and acts are worth, for `value`


@dataclass(frozen=True, slots=True)
class Settings:
    """What ``lohko.toml`` says.

    Attributes
    ----------
    path : the file, None where there is none
    sources : TABLE or TABLE@SOURCE to files or globs, as written
    mapping : TABLE or TABLE@SOURCE to {our column: their column}
    sections : one a step: parameter to value
    costs, prices : as written, their keys and values checked; privacy : as written
    """

    path: Path | None = None
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mapping: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    sections: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    costs: Mapping[str, Any] = field(default_factory=dict)
    prices: Mapping[str, Any] = field(default_factory=dict)
    privacy: Mapping[str, Any] = field(default_factory=dict)

    @property
    def min_group(self) -> int:
        """The smallest group that reports show."""
        return int(convert("[privacy] min_group", self.privacy.get("min_group", 5), int))

    @property
    def forgotten(self) -> Path | None:
        """The file in which those who were erased are remembered."""
        name = self.privacy.get("forgotten")
        return self.folder / name if name else None

    @property
    def folder(self) -> Path:
        """The folder its relative paths start from."""
        return self.path.parent if self.path else Path()


def params_of(step: str) -> type[Params]:
    """Return the parameter class of a step, or of ``ingest``, ``report``, ``compare``, ``export`` or ``run``."""
    own: dict[str, type[Params]] = {
        "ingest": IngestParams,
        "report": ReportParams,
        "compare": CompareParams,
        "health": HealthParams,
        "export": ExportParams,
        "run": RunParams,
    }
    return own[step] if step in own else STEPS[step].load_params()


def section_names() -> tuple[str, ...]:
    """Return the sections that hold parameters."""
    return ("ingest", *STEPS, "health", "report", "compare", "export", "run")


def load(path: Path | None) -> Settings:
    """Read a ``lohko.toml``; None or a missing default file gives empty settings.

    Raises
    ------
    UsageFault
        ``config_unreadable`` or ``config_unknown_key``.
    """
    if path is None:
        path = Path(FILE)
        if not path.is_file():
            return Settings()
    content = _parse(path)
    known = ("sources", "mapping", "privacy", *_FREE, *section_names())
    for key in content:
        _known(path, key, known, "section")
        if not isinstance(content[key], dict):
            raise _wrong(path, f"[{key}] must be a section")
    sources = {name: _files(path, name, value) for name, value in content.get("sources", {}).items()}
    for name in sources:
        _known(path, name.partition("@")[0], source_tables(), "table", of="[sources] ")
    sections = {name: _section(path, name, content[name]) for name in section_names() if name in content}
    for key, near in checked_costs(path, content.get("costs", {})):
        _known(path, key, near, "key", of="[costs] ")
    for key in checked_prices(content.get("prices", {}), partial(_place, path)):
        _known(path, key, PRICES, "key", of="[prices] ")
    _known_all(path, "privacy", content.get("privacy", {}), ("forgotten", "min_group"))
    if not isinstance(content.get("privacy", {}).get("forgotten", ""), str):
        raise UsageFault(
            "option_value",
            "[privacy] forgotten must be the name of a file",
            hint='forgotten = "forgotten.json"',
            places=(_place(path, "forgotten"),),
        )
    return Settings(
        path,
        sources,
        check_mapping(path, content.get("mapping", {})),
        sections,
        content.get("costs", {}),
        content.get("prices", {}),
        content.get("privacy", {}),
    )


def load_mapping(path: Path) -> dict[str, dict[str, str]]:
    """Read a mapping file: the ``[mapping.*]`` part alone."""
    content = _parse(path)
    for key in content:
        _known(path, key, ("mapping",), "section")
    return check_mapping(path, content.get("mapping", {}))


def check_mapping(path: Path, mapping: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return a mapping whose tables are all known and whose values are all names."""
    checked: dict[str, dict[str, str]] = {}
    for name, columns in mapping.items():
        _known(path, name.partition("@")[0], tuple(tables()), "table", of="[mapping] ")
        if not isinstance(columns, dict) or not all(isinstance(theirs, str) for theirs in columns.values()):
            raise _wrong(path, f'[mapping.{name}] must hold lines of the form our_column = "theirs"')
        checked[name] = dict(columns)
    return checked


def resolve(
    step: str,
    flags: Mapping[str, Any],
    settings: Settings,
    environment: Mapping[str, str],
    *,
    section: str | None = None,
) -> Params:
    """Return a step's parameters: flags, then ``LOHKO_STEP_NAME`` and ``LOHKO_NAME``, then its section, then defaults.

    Raises
    ------
    UsageFault
        A value is outside what the step takes.
    """
    kind = params_of(step)
    own = settings.sections.get(section or step, {})
    values: dict[str, Any] = {}
    hints = typing.get_type_hints(kind)
    for entry in dataclasses.fields(kind):
        name = entry.name
        if flags.get(name) is not None:
            values[name] = flags[name]
            continue
        found = setting(step, name, environment)
        if found is not None:
            values[name] = convert(name, found, hints[name])
        elif name in own:
            values[name] = convert(name, own[name], hints[name])
            if name in (*kind.file_names(), *kind.package_files()):
                values[name] = str(settings.folder / values[name])
    if step == "value":
        values["price"] = asked_prices(settings.prices, values.get("price", ()), environment)
    return kind(**values)


def setting(step: str, name: str, environment: Mapping[str, str]) -> str | None:
    """Return the environment's value for a step's parameter, if it has one."""
    return environment.get(f"LOHKO_{step}_{name}".upper()) or environment.get(f"LOHKO_{name}".upper())


def common(step: str, name: str, flag: str | None, settings: Settings, environment: Mapping[str, str]) -> str | None:
    """Return a common option's value (as_of, timezone, format) by the same precedence."""
    if flag is not None:
        return flag
    found = setting(step, name, environment)
    if found is not None:
        return found
    own = settings.sections.get(step, {}).get(name)
    if own is None and name == "timezone":
        own = settings.sections.get("ingest", {}).get(name)
    return str(own) if own is not None else None


def day(text: str) -> dt.date:
    """Read an as-of day.

    Raises
    ------
    UsageFault
        It is not a date of the form 2026-10-31.
    """
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise UsageFault("option_value", f"--as-of takes a day such as 2026-10-31, not '{text}'", hint="") from None


def zone(name: str) -> str:
    """Check a time zone's name.

    Raises
    ------
    UsageFault
        It is not an IANA name.
    """
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageFault(
            "option_value", f"--timezone does not know '{name}'", hint="take an IANA name such as Europe/Helsinki"
        ) from None
    return name


def convert(name: str, value: Any, hint: Any) -> Any:
    """Turn a text or TOML value into a parameter's type."""
    kinds = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    kind = next(k for k in kinds if k is not types.NoneType)
    try:
        if typing.get_origin(kind) is tuple:
            items = value.split(",") if isinstance(value, str) else value
            return tuple(str(item).strip() for item in items)
        if kind is bool:
            return _boolean(value)
        if kind is float and isinstance(value, (int, float, str)) and not isinstance(value, bool):
            return float(value)
        if kind is int and isinstance(value, (int, str)) and not isinstance(value, bool):
            return int(value)
        if kind is str and isinstance(value, (str, dt.date)):
            return str(value)
    except ValueError:
        pass
    wanted = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}.get(
        kind, "a list of texts"
    )
    raise UsageFault("option_value", f"{name} is {value!r}", hint=f"it takes {wanted}")


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"1", "true", "yes", "on", "0", "false", "no", "off"}:
        return value.lower() in {"1", "true", "yes", "on"}
    raise ValueError


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise UsageFault("config_unreadable", f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageFault("config_unreadable", f"{path} is not UTF-8 (byte {error.start})") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageFault("config_unreadable", f"{path} is not valid TOML: {error}") from error


def _section(path: Path, name: str, content: Mapping[str, Any]) -> dict[str, Any]:
    kind = params_of(name)
    own = {entry.name for entry in dataclasses.fields(kind)}
    shared = {**(COMMON if name in STEPS else {}), **_GATES.get(name, {})}
    options = own | set(shared)
    _known_all(path, name, content, tuple(sorted(options)))
    hints = typing.get_type_hints(kind)
    found: dict[str, Any] = {}
    for key, value in content.items():
        try:
            found[key] = convert(f"[{name}] {key}", value, hints[key] if key in own else shared[key])
            if key in own:
                kind(**{key: found[key]})  # limits and choices
            elif key == "as_of":
                day(found[key])
            elif key == "timezone":
                zone(found[key])
            for cut in found[key] if (name, key) == ("run", "cuts") else ():
                day(cut)
        except UsageFault as error:
            message = f"[{name}] {key} is {value!r}"
            raise UsageFault(
                error.code, message, hint=error.hint or error.message, places=(_place(path, key),)
            ) from error
    return found


def _files(path: Path, name: str, value: Any) -> tuple[str, ...]:
    files = (value,) if isinstance(value, str) else value
    if not isinstance(files, (tuple, list)) or not files or not all(isinstance(item, str) for item in files):
        raise _wrong(path, f"[sources] {name} must be a file, a glob, or a list of them")
    return tuple(files)


def _known_all(path: Path, section: str, content: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for key in content:
        _known(path, key, known, "key", of=f"[{section}] ")


def _known(path: Path, key: str, known: tuple[str, ...], what: str, *, of: str = "") -> None:
    if key in known:
        return
    near = difflib.get_close_matches(key, known, 1, 0.5)
    hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(known)}"
    raise UsageFault(
        "config_unknown_key", f"{of}{key} is not a {what} lohko knows", hint=hint, places=(_place(path, key),)
    )


def _place(path: Path, key: str) -> Place:
    """Find the line a key stands on, as a person would look for it."""
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1):
        text = line.strip().lstrip("[").lstrip('"')
        if text.startswith(key) or f".{key}" in text.split("=")[0]:
            return Place(str(path), number)
    return Place(str(path))


def _wrong(path: Path, message: str) -> UsageFault:
    return UsageFault("config_unreadable", f"{path}: {message}", places=(Place(str(path)),))
