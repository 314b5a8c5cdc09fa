"""Erasing a person from packages: who it is, what is theirs, and the proof that it is gone."""
