"""What the survey of a file's bytes says must be so wherever in the file it stands."""

from __future__ import annotations

import random

import pytest

from lohko.errors import InputRefused
from lohko.reading.survey import _WINDOW, NotUtf8, OldLineEnds, Survey
from lohko.reading.textfile import EDGE

PLAIN = "A1;Ruisleipä 39–42;12,90\n".encode()


def looked(*pieces, separator=b";"):
    survey = Survey("f.csv", separator)
    for piece in pieces:
        survey.look(piece, 1)
    return survey


@pytest.mark.parametrize("space", [c for c in EDGE if c not in "\r\n"])
@pytest.mark.parametrize(
    "place", ["{}x;y\n", "x{};y\n", "x;{}y\n", "x;y{}\n", "x;y{}\r\n", "x; {}y\n", 'x;"{}y"\n', 'x;"y{}"\n']
)
def test_a_space_at_the_edge_of_a_field_is_seen(space, place):
    assert looked(place.format(space).encode()).spaces


@pytest.mark.parametrize("space", [c for c in EDGE if c not in "\r\n"])
def test_a_space_within_a_field_is_none_of_that(space):
    assert not looked(f"x{space}y;1{space}234,5\n".encode()).spaces


def test_other_letters_that_begin_like_spaces_are_none():
    assert not looked("–;€;…;´;»;–\n‰;–\n".encode()).spaces


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u202f"])
def test_spaces_are_seen_where_windows_meet(space):
    for shift in range(12):
        before = b"x" * (_WINDOW - 6 + shift)
        assert looked(before + f";{space}y\n".encode()).spaces
        assert looked(before + f"{space};y\n".encode()).spaces
        assert not looked(before + f"a{space}y\n".encode()).spaces


def test_seeing_does_not_depend_on_the_pieces():
    rng = random.Random(4)
    lines = [PLAIN] * 40 + ["a;b\u2009;c\n".encode()] + [PLAIN] * 40
    for _ in range(20):
        cut = rng.randrange(len(lines))
        assert looked(b"".join(lines[:cut]), b"".join(lines[cut:])).spaces
    assert not looked(PLAIN * 81).spaces


def test_what_else_is_there():
    plain = looked(b"a;b\n")
    assert (plain.ascii, plain.quotes, plain.scientific, plain.tildes) == (True, False, False, False)
    assert looked(b'a;"b"\n').quotes
    assert looked(b"1E+11;b\n").scientific
    assert looked(b"1e+11;b\n").scientific
    assert not looked(b"+358;b+c\n").scientific
    assert looked("KÃ¤yttö\n".encode()).tildes
    assert not looked("Käyttö\n".encode()).tildes
    assert not looked("Käyttö\n".encode()).ascii


def test_what_cannot_pass():
    with pytest.raises(NotUtf8):
        looked("Käyttö\n".encode("cp1252"))
    with pytest.raises(OldLineEnds):
        looked(b"a;b\rc;d\n")
    with pytest.raises(InputRefused, match="near line 3"):
        looked(b"a;b\nc;d\ne\x00;f\n")
    assert not looked(b"a;b\r\nc;d\r\n").spaces
