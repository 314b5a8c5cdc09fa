"""Place names as people write them: a name no place has stands for those one letter away."""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz.distance import OSA

# Shorter names have too many neighbours (Ii, Eno, Salo) to be read as each other.
_SHORTEST = 4


class Places:
    """The names of places, found by spelling.

    Candidates are the names that share a form with one letter left out (Garbe 2012, symmetric delete); rapidfuzz then
    measures the distance (optimal string alignment: one letter wrong, missing, too many, or two neighbours swapped).
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)
        self._forms: dict[str, set[str]] = {}
        for name in self._names:
            if len(name) >= _SHORTEST:
                for form in _shortened(name):
                    self._forms.setdefault(form, set()).add(name)

    def meant(self, written: str | None) -> frozenset[str]:
        """Return the names that a written one (in comparing form) may mean: itself where a place is called so."""
        if written is None:
            return frozenset()
        if written in self._names or len(written) < _SHORTEST:
            return frozenset({written})
        near = {name for form in _shortened(written) for name in self._forms.get(form, ())}
        found = frozenset(name for name in near if OSA.distance(written, name, score_cutoff=1) <= 1)
        return found or frozenset({written})


def _shortened(name: str) -> list[str]:
    return [name, *(name[:i] + name[i + 1 :] for i in range(len(name)))]
