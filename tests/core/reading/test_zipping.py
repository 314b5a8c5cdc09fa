from __future__ import annotations

import io
import zipfile

import pytest

from lohko.errors import InputRefused
from lohko.reading.zipping import unzip

TEXT = b"asiakasnro;pvm;summa\nA1;1.3.2024;12,50\n"


def archive(packing: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", packing) as file:
        file.writestr(zipfile.ZipInfo("a.csv"), TEXT, packing)
    return buffer.getvalue()


@pytest.mark.parametrize("packing", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_wherever_an_archive_is_damaged_it_is_refused_or_read_as_it_was(tmp_path, packing):
    """A byte left out moves the place a member is said to begin at before the file's start; one flipped can say anything."""
    good = archive(packing)
    outcomes = set()
    damaged = [good[:at] + good[at + 1 :] for at in range(len(good))]
    damaged += [
        good[:at] + bytes([good[at] ^ flip]) + good[at + 1 :] for at in range(len(good)) for flip in (1, 0x80, 0xFF)
    ]
    for data in damaged:
        path = tmp_path / "z.zip"
        path.write_bytes(data)
        try:
            members = [file.read_bytes() for _, file, _, _ in unzip(path, "z.zip", tmp_path, 0)]
        except InputRefused as error:
            outcomes.add(error.code)
        else:
            assert members == [TEXT]
            outcomes.add("read")
    assert {"archive_damaged", "read"} <= outcomes


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("", False),
        ("Hei!\n\nTiedostossa on asiakkaat, tilaukset, ja muuta.\nYsty\xe4v\xe4llisin terveisin, Aino, IT", False),
        ("Exported 3.3.2024, by Anna", False),
        ("One, two\nthree, four, five\nsix", False),
        ("asiakasnro;pvm;summa\nA1;1.3.2024;1,50\n", True),
        ("Viikon myynti, k\xe4sin koottu\n\nasiakasnro\tpvm\tsumma\nA1\t1.3.2024\t1,50\n", True),
        ("email\na@example.com\nb@example.com\n", True),
        ("foo|bar\n1|2\n3|4\n", True),
        ("A1;1.3.2024;1,50\nA2;1.3.2024;1,50\n", True),  # a table without a header, to be refused as one
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_a_text_beside_tables_is_taken_where_it_is_one(tmp_path, text, taken, encoding):
    path = tmp_path / "z.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a.csv", TEXT)
        file.writestr("b.txt", text.encode(encoding) if text else b"")
    members = list(unzip(path, "z.zip", tmp_path, 0))
    assert [name for name, *_ in members] == ["z.zip:a.csv", *(["z.zip:b.txt"] if taken else [])]
    assert members[0][3] == (() if taken else ("b.txt",))


def test_a_text_alone_is_taken_for_a_table(tmp_path):
    path = tmp_path / "z.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("readme.txt", "Hello, you\nthere\n")
    assert [name for name, *_ in unzip(path, "z.zip", tmp_path, 0)] == ["z.zip:readme.txt"]
