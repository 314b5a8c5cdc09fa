"""The memory of the erased: salted hashes of what named them, so that the next import knows them and the file names nobody.

A hash is a keyed BLAKE2b (Aumasson and others, 2013; RFC 7693), the key being a salt that was drawn when the file was made. Who has the
file can test a guess; phone numbers and short ids are few enough to test all of them. So the file stays personal data, readable
for its owner only.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from lohko.errors import InputRefused, Place

#: What is remembered of a person: their ids, the ids of their visits before sign-up, and the comparing forms (``lohko.tables``) of their
#: e-mail addresses, phone numbers, personal codes, and of their name at their address.
KINDS = ("id", "visitor", "email", "phone", "code", "address")
SALT_BYTES = 32
_DIGEST = 16
_VERSION = 1
_ABOUT = (
    "Hashes of the customers whom `lohko forget` erased. `lohko ingest` leaves them out. Keep this file: without it they come back. "
    "Keep it private: with it a guess can be tested."
)


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered.

    Attributes
    ----------
    salt : the key of the hashes
    hashes : by kind
    """

    salt: bytes
    hashes: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return any(self.hashes.values())

    def hashed(self, kind: str, key: str) -> str:
        """Return the hash of a key of a kind."""
        plain = key.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(plain, digest_size=_DIGEST, key=self.salt, person=kind.encode()).hexdigest()

    def known(self, kind: str, keys: pl.Series) -> frozenset[str]:
        """Return those of the keys that are remembered."""
        mine = self.hashes.get(kind)
        if not mine:
            return frozenset()
        return frozenset(key for key in keys.drop_nulls().unique() if self.hashed(kind, key) in mine)

    def extended(self, keys: Mapping[str, Iterable[str]]) -> Memory:
        """Return the memory with further keys by kind."""
        more = {kind: {self.hashed(kind, key) for key in keys.get(kind, ())} for kind in KINDS}
        return Memory(self.salt, {kind: self.hashes.get(kind, frozenset()) | more[kind] for kind in KINDS})

    def render(self) -> bytes:
        """Return the file's content: sorted, so that it does not show which hashes belong together."""
        hashes = {kind: sorted(self.hashes.get(kind, ())) for kind in KINDS}
        content = {
            "lohko": "forgotten",
            "version": _VERSION,
            "about": _ABOUT,
            "salt": self.salt.hex(),
            "hashes": hashes,
        }
        return (json.dumps(content, indent=1) + "\n").encode("ascii")


def read_memory(path: Path) -> Memory | None:
    """Read the file of the forgotten; None where there is no such file.

    Raises
    ------
    InputRefused
        ``forgotten_damaged``: it cannot be read, or is none that lohko wrote. Nobody may come back for that.
    """
    try:
        return _parsed(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputRefused("forgotten_damaged", f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputRefused(
            "forgotten_damaged", f"{path} is no file of the forgotten that lohko wrote", places=(Place(str(path)),)
        ) from error


def _parsed(data: bytes) -> Memory:
    content = json.loads(data)
    salt = bytes.fromhex(content["salt"])
    if content["lohko"] != "forgotten" or content["version"] != _VERSION or len(salt) != SALT_BYTES:
        raise ValueError
    return Memory(salt, {kind: frozenset(map(str, content["hashes"].get(kind, ()))) for kind in KINDS})
