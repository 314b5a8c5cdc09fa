"""The rule for k: the largest that passes every test, else 3, and what failed."""

from __future__ import annotations

from lohko.segments.choosing import Candidate, choose


def candidate(k: int, strength: float = 0.9, jaccard: float = 0.9, share: float = 0.1) -> Candidate:
    return Candidate(k, strength, jaccard, share, 0.3)


def test_the_largest_that_passes_is_taken() -> None:
    choice = choose((candidate(3), candidate(4, strength=0.7), candidate(5), candidate(6, share=0.04)), None)
    assert choice.k == 5
    assert choice.passed


def test_the_limits_are_inclusive() -> None:
    assert choose((candidate(3), candidate(4, 0.8, 0.75, 0.05)), None).k == 4


def test_three_is_the_fallback_and_says_what_failed() -> None:
    choice = choose((candidate(3, strength=0.79), candidate(4, jaccard=0.5), candidate(5, share=0.01)), None)
    assert choice.k == 3
    assert not choice.passed
    assert "3: prediction strength; 4: stability; 5: smallest share" in choice.why


def test_what_was_asked_for_stands() -> None:
    choice = choose((candidate(9, strength=0.2),), 9)
    assert choice.k == 9
    assert not choice.passed
    assert choice.why.startswith("9 was asked for")
