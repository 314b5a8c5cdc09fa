"""Text forms, under the name that the trade knows them by; they live beside the tables, since reading compares by them, too."""

from __future__ import annotations

from lohko.tables.text import folded, tidied

__all__ = ["folded", "tidied"]
