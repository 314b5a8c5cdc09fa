"""What changed since an earlier register: the figures of both side by side, those that differ."""

from __future__ import annotations

from lohko.views.health.model import Change, Health, Since


def since(name: str, before: Health, now: Health) -> Since:
    """Compare two reports of the same make."""
    found: list[Change] = []

    def add(kind: str, what: str, old: float | None, new: float | None) -> None:
        if old != new:
            found.append(Change(kind, what, old, new))

    add("score", "register", before.score.value, now.score.value)
    add("count", "rows", before.register.rows, now.register.rows)
    add("count", "customers", before.register.customers, now.register.customers)
    add("count", "unreached", before.reach.none, now.reach.none)
    add("count", "duplicates", _surplus(before), _surplus(now))
    add("money", "total", _total(before), _total(now))
    scores = [{field.name: field.score for field in report.fields} for report in (before, now)]
    for field in dict.fromkeys([*scores[0], *scores[1]]):
        add("field", field, scores[0].get(field), scores[1].get(field))
    counts = [{c.code: c.count for field in report.fields for c in field.faults} for report in (before, now)]
    for code in sorted({*counts[0], *counts[1]}):
        add("fault", code, counts[0].get(code, 0), counts[1].get(code, 0))
    return Since(name, tuple(found))


def _surplus(report: Health) -> float | None:
    return float(round(report.duplicates.expected)) if report.duplicates.looked else None


def _total(report: Health) -> float | None:
    total = report.money.total
    return None if total is None else float(total.expected if total.expected is not None else total.high)
