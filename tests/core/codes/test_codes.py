"""Every code that is raised stands in the registry, and every code in the registry is used somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import lohko
from lohko.codes import Code, registry

CORE = Path(lohko.__file__).parent
RAISED = re.compile(r'(?:InputRefused|OutputRefused|UsageFault|ToolFault|Locked|Finding|LohkoError)\(\s*"([a-z0-9_]+)"')


def sources() -> str:
    """All Python and TOML text of core but the registry itself, and of the program."""
    roots = (CORE, CORE.parent.parent / "cli")
    paths = [path for root in roots for kind in ("*.py", "*.toml") for path in root.rglob(kind)]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths if path.parent.name != "codes")


def test_every_raised_code_is_registered() -> None:
    raised = set(RAISED.findall(sources()))
    assert len(raised) > 20
    assert raised - set(registry()) == set()


def test_every_registered_code_is_used() -> None:
    text = sources()
    # codes that are put together, such as f"postcode_{status}": the fixed part must stand, the rest is a name
    built = [
        re.sub(r"\{[^}]*\}", "[a-z_]+", made) for made in re.findall(r'f"((?:[a-z_]+_\{\w+\}|\{\w+\}_[a-z]+))"', text)
    ]
    words = set(re.findall(r"\w+", text))
    unused = [
        code for code in registry() if code not in words and not any(re.fullmatch(pattern, code) for pattern in built)
    ]
    assert unused == []


@pytest.mark.parametrize("code", registry().values(), ids=lambda code: code.code)
def test_every_code_teaches(code: Code) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", code.code)
    assert code.kind in {"error", "reject", "finding", "reason"}
    assert code.title
    assert code.text.endswith((".", "!"))
    if code.kind in {"error", "reject"}:
        assert code.fix
