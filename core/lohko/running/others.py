"""Other packages that a step reads beside its input: each named by a parameter, opened here, noted among the inputs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lohko.errors import UsageFault
from lohko.outcome import Other
from lohko.package.reading import Package
from lohko.parameters import Params
from lohko.running.places import check_apart


def open_others(step: str, params: Params, output: Path | None) -> dict[str, Package]:
    """Open the packages that the parameters name, by parameter.

    Raises
    ------
    UsageFault
        One that the step needs is not named (``usage``).
    InputRefused
        One is not there, is no package, or is damaged.
    OutputRefused
        One is the output, or lies in it: replacing it would take the package along.
    """
    found = {}
    for name in params.package_files():
        path = getattr(params, name)
        if path is None:
            if type(params).__dataclass_fields__[name].metadata["needed"]:
                option = name.replace("_", "-")
                raise UsageFault("usage", f"lohko {step} needs --{option} PACKAGE", hint=f"see lohko {step} --help")
            continue
        if output is not None:
            check_apart(Path(path), output)
        found[name] = Package.open(Path(path))
    return found


def handed(opened: Mapping[str, Package], params: Params) -> dict[str, Other]:
    """Return what the step may read of them."""
    wanted = params.package_files()
    return {
        name: Other(package.frames(), package.files(wanted[name]) if wanted[name] else {})
        for name, package in opened.items()
    }


def note_others(opened: Mapping[str, Package]) -> tuple[dict[str, Any], ...]:
    """Return how the descriptor notes them among the inputs."""
    return tuple(
        {"name": package.path.name, "step": package.record["step"], "sha256": package.fingerprint, "parameter": name}
        for name, package in opened.items()
    )
