"""Parameters check themselves."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from lohko.errors import UsageFault
from lohko.parameters import Params, option


@dataclass(frozen=True, slots=True)
class Sample(Params):
    share: float = option(0.5, "a share", low=0, high=1)
    lang: str = option("en", "a language", choices=("en", "fi"))
    names: tuple[str, ...] = option((), "some names", choices=("a", "b"))
    limit: int | None = option(None, "a limit", low=1)


def test_defaults_hold() -> None:
    assert Sample().as_dict() == {"share": 0.5, "lang": "en", "names": [], "limit": None}


@pytest.mark.parametrize(
    ("given", "words"),
    [({"share": 1.1}, "0 to 1"), ({"lang": "fo"}, "fi"), ({"names": ("a", "c")}, "a, b"), ({"limit": 0}, "at least 1")],
)
def test_values_outside_are_refused_with_what_is_allowed(given: dict[str, object], words: str) -> None:
    with pytest.raises(UsageFault) as caught:
        Sample(**given)  # type: ignore[arg-type]
    assert caught.value.exit_code == 2
    assert words in (caught.value.hint or "")


@dataclass(frozen=True, slots=True)
class WithFile(Params):
    book: str | None = option(None, "a file", file=True)
    limit: int | None = option(None, "a limit")


def test_a_file_is_noted_by_its_name_alone() -> None:
    assert WithFile.file_names() == ("book",)
    assert WithFile(book="some/where/book.csv").as_dict() == {"book": "book.csv", "limit": None}
