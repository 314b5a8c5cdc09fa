"""A company's own rules of permission, from its file: they may tighten lohko's, and relax them where they say so openly.

A rule that does not say ``relaxes`` decides only where it is stricter than lohko's own rules. One that does is asked before them, but
after those that are final (the stops, the lists, children), and says why.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

from lohko.cleaning.permission_rules import CHANNELS, DECISIONS, EVIDENCE, FACTS, STRICTNESS, Rule, RuleBook
from lohko.cleaning.recipients import RECIPIENTS
from lohko.codes import registry
from lohko.errors import Place, UsageFault

_TEXTS = ("id", "decision", "source", "reason", "evidence", "verified", "because")
_LISTS = ("channels", "countries", "recipients")
_KEYS = (*_TEXTS, *_LISTS, "when", "relaxes")
# What a relaxing rule does not reach unless it names these facts itself: people who said no and whose return is not proven, and those
# whose answer could not be read.
_SPARED = {"stop": ("none", "lifted_by_consent"), "unread": ("none",)}


def with_own_rules(book: RuleBook, name: str, data: bytes) -> RuleBook:
    """Return lohko's rules with a company's beside them.

    Parameters
    ----------
    name, data : the file's name, as the user wrote it, and its bytes (TOML)

    Raises
    ------
    UsageFault
        ``rules_unreadable``, ``rules_invalid`` (with the line), or ``rules_relax``: a rule allows more without saying so.
    """
    file = _File(name, data)
    own = [_own_rule(file, number, entry) for number, entry in enumerate(file.entries)]
    ids = [rule.id for rule in own]
    for number, rule in enumerate(own):
        if rule.id in ids[:number] or any(rule.id == theirs.id for theirs in book.rules):
            file.refuse(
                number,
                "id",
                f"the id {rule.id} stands twice, or is one of lohko's own",
                "give each rule an id of its own",
            )
        if not rule.relaxes:
            _check_tightens(file, number, rule, book)
    relaxing = [_sparing(rule) for rule in own if rule.relaxes]
    final = [rule for rule in book.rules if rule.final]
    rest = [rule for rule in book.rules if not rule.final]
    tightening = [rule for rule in own if not rule.relaxes]
    rules = (*final, *relaxing, *rest, *tightening)
    ours = {id(rule) for rule in book.rules}
    return RuleBook(
        f"{book.version} with {file.version}",
        rules,
        book.age_limits,
        len(tightening),
        frozenset(number for number, rule in enumerate(rules) if id(rule) not in ours),
    )


def _sparing(rule: Rule) -> Rule:
    """Return a relaxing rule that leaves alone those who said no, unless it names the facts itself."""
    return dataclasses.replace(rule, when={**_SPARED, **rule.when})


def _check_tightens(file: _File, number: int, rule: Rule, book: RuleBook) -> None:
    strict = STRICTNESS.index(rule.decision)
    if not any(STRICTNESS.index(theirs.decision) > strict and rule.meets(theirs) for theirs in book.rules):
        raise UsageFault(
            "rules_relax",
            f"{file.name}: rule {rule.id} says {rule.decision} where lohko's own rules are at least as strict, so it could only relax them",
            places=(file.place(number, "decision"),),
        )


class _File:
    """A rule file: its version, its entries, and the lines they stand on."""

    def __init__(self, name: str, data: bytes) -> None:
        self.name = name
        try:
            self._lines = data.decode("utf-8-sig").splitlines()
            raw = tomllib.loads("\n".join(self._lines))
        except UnicodeDecodeError as error:
            raise UsageFault(
                "rules_unreadable", f"{name} is not UTF-8 (byte {error.start})", places=(Place(name),)
            ) from error
        except tomllib.TOMLDecodeError as error:
            line = re.search(r"line (\d+)", str(error))
            place = Place(name, int(line.group(1))) if line else Place(name)
            raise UsageFault("rules_unreadable", f"{name} is not valid TOML: {error}", places=(place,)) from error
        for key in raw:
            if key not in ("version", "rule"):
                self.refuse(None, key, f"{key} is not a key of a rule file", _near(key, ("version", "rule")))
        version = raw.get("version")
        if not isinstance(version, str) or not version.strip():
            self.refuse(
                None,
                "version",
                "the file has no version",
                'give it one: version = "2026-11"; decisions tell by it which rules made them',
            )
        self.version = str(version).strip()
        entries = raw.get("rule", [])
        if not isinstance(entries, list) or not entries or not all(isinstance(entry, dict) for entry in entries):
            self.refuse(None, "rule", "the file has no rules", "write each as a section [[rule]]")
        self.entries: Sequence[Mapping[str, Any]] = entries

    def place(self, number: int | None, key: str) -> Place:
        """Return the line on which a key of a rule stands (the rule's first, where it has no such key)."""
        starts = [line for line, text in enumerate(self._lines, 1) if re.match(r"\s*\[\[\s*rule\s*\]\]", text)]
        first, last = 1, len(self._lines)
        if number is not None and number < len(starts):
            first = starts[number]
            last = starts[number + 1] - 1 if number + 1 < len(starts) else last
        for line in range(first, last + 1):
            if re.match(rf"\s*\"?{re.escape(key)}\"?\s*=", self._lines[line - 1]):
                return Place(self.name, line)
        return Place(self.name, first)

    def refuse(self, number: int | None, key: str, message: str, hint: str) -> NoReturn:
        """Refuse the file for what a key of a rule says."""
        raise UsageFault("rules_invalid", f"{self.name}: {message}", hint=hint, places=(self.place(number, key),))


def _near(word: str, known: Iterable[str]) -> str:
    known = list(known)
    near = difflib.get_close_matches(word, known, 1, 0.5)
    return f"did you mean '{near[0]}'?" if near else f"known are {', '.join(known)}"


def _own_rule(file: _File, number: int, entry: Mapping[str, Any]) -> Rule:
    for key, value in entry.items():
        if key not in _KEYS:
            file.refuse(number, key, f"{key} is not a key of a rule", _near(key, _KEYS))
        if key in _TEXTS and not (isinstance(value, str) and value.strip()):
            file.refuse(number, key, f"{key} must be a text", f'write {key} = "…"')
    for key, why in (("id", "name it"), ("decision", "say what it decides"), ("source", "say what it rests on")):
        if key not in entry:
            file.refuse(number, key, f"rule {entry.get('id', number + 1)} has no {key}", f'{why}: {key} = "…"')
    lists = {key: _texts(file, number, key, entry.get(key, [])) for key in _LISTS}
    _all_known(file, number, "channels", lists["channels"], CHANNELS)
    _all_known(file, number, "recipients", lists["recipients"], RECIPIENTS)
    _all_known(file, number, "decision", [entry["decision"]], DECISIONS)
    _all_known(file, number, "evidence", [entry.get("evidence", "rule")], EVIDENCE)
    reasons = [code for code, found in registry().items() if found.kind == "reason"]
    _all_known(file, number, "reason", [entry.get("reason", "own_rule")], reasons)
    for country in lists["countries"]:
        if not re.fullmatch(r"[A-Z]{2}", country):
            file.refuse(
                number,
                "countries",
                f"{country} is not a country's code",
                "write ISO 3166-1 alpha-2 codes in capitals, such as FI",
            )
    raw = entry.get("when", {})
    if not isinstance(raw, dict):
        file.refuse(number, "when", "when must hold facts", 'write when = { consent = "valid" }')
    _all_known(file, number, "when", raw, FACTS)
    when = {fact: _texts(file, number, "when", values) for fact, values in raw.items()}
    for fact, values in when.items():
        _all_known(file, number, "when", values, FACTS[fact], of=f" of {fact}")
    relaxes = entry.get("relaxes", False)
    if not isinstance(relaxes, bool):
        file.refuse(number, "relaxes", "relaxes is true or false", "write relaxes = true")
    if relaxes and "because" not in entry:
        file.refuse(
            number, "relaxes", f"rule {entry['id']} relaxes, but does not say why", 'give the reason: because = "…"'
        )
    return Rule(
        id=entry["id"],
        when=when,
        decision=entry["decision"],
        reason=entry.get("reason", "own_rule"),
        evidence=entry.get("evidence", "rule"),
        source=entry["source"],
        verified=entry.get("verified", "the company's own"),
        relaxes=relaxes,
        because=entry.get("because", ""),
        channels=lists["channels"],
        countries=lists["countries"],
        recipients=lists["recipients"],
    )


def _texts(file: _File, number: int, key: str, value: object) -> tuple[str, ...]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        file.refuse(number, key, f"{key} must hold texts", f'write a list of them: ["…"], in {key}')
    return tuple(values)


def _all_known(file: _File, number: int, key: str, words: Iterable[str], known: Iterable[str], *, of: str = "") -> None:
    for word in words:
        if word not in known:
            file.refuse(number, key, f"'{word}' is not a value{of} that {key} can have", _near(word, known))
