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
