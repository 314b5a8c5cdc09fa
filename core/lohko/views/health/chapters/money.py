"""What the faults cost: the sums, what they rest on, and every price."""

from __future__ import annotations

from lohko.views.health.chapters.cells import count, listed, span
from lohko.views.health.model import Health, Money, Span, Stream
from lohko.views.report.document import Block, Column, Prose, Section, Table, Value
from lohko.views.report.words import Words


def chapter(words: Words, health: Health) -> Section:
    """Tell what the faults cost in a year, low, expected and high, with every input."""
    worth = health.money
    blocks: list[Block] = []
    if worth.total is not None:
        blocks.append(_sums(words, worth))
        if not health.duplicates.looked:
            blocks.append(Prose(words("money.not_tested"), muted=True))
    blocks += [_counted(words, health), _prices(words, worth)]
    if worth.missing:
        blocks.append(Prose(words("money.missing", keys=listed(list(worth.missing)))))
    blocks.append(Prose(words("money.formula"), muted=True))
    if worth.moved is not None:
        moved = words.count(round(health.ages.moved))
        blocks.append(Prose(words("money.moved", n=moved, amount=words.money(worth.moved)), muted=True))
    return Section("money", words("money.title"), _lead(words, worth), tuple(blocks))


def _lead(words: Words, worth: Money) -> str:
    if worth.total is None:
        return words("money.lead_none")
    low, high = words.money(worth.total.low), words.money(worth.total.high)
    if worth.total.expected is None:
        return words("money.lead_open", low=low, high=high)
    return words("money.lead", expected=words.money(worth.total.expected), low=low, high=high)


def stream(words: Words, entry: Stream) -> str:
    """Return a mailing's name: the user's own, or the word for all of them."""
    return words("money.mailings") if entry.name == "mailings" else entry.name


def _sums(words: Words, worth: Money) -> Table:
    rows: list[tuple[str, Span | None]] = []
    for entry in worth.streams:
        rows.append((words("money.waste", name=stream(words, entry)), entry.waste))
        rows.append((words("money.doubled", name=stream(words, entry)), entry.doubled))
    late = worth.invoices
    rows.append((words("money.invoices"), None if late is None else Span(late, late, late)))
    return Table(
        "cost",
        words("money.table"),
        (
            Column(words("column.what")),
            Column(words("column.low"), "money"),
            Column(words("column.expected"), "money"),
            Column(words("column.high"), "money"),
        ),
        tuple((Value(name), *span(words, value)) for name, value in rows),
        total=(Value(words("money.total")), *span(words, worth.total)),
    )


def _counted(words: Words, health: Health) -> Table:
    worth, doubles = health.money, health.duplicates
    rows: list[tuple[Value, ...]] = [
        (Value(words("money.sure")), *(count(words, worth.sure),) * 3),
        (Value(words("money.suspect")), count(words, 0), _expected(words, worth), count(words, worth.suspect)),
    ]
    if doubles.looked:
        charged = (doubles.charged_low, doubles.charged_expected, doubles.charged_high)
        rows.append((Value(words("money.surplus")), *(count(words, n) for n in charged)))
    return Table(
        "counted",
        words("money.counted"),
        (
            Column(words("column.customers")),
            Column(words("column.low"), "count"),
            Column(words("column.expected"), "count"),
            Column(words("column.high"), "count"),
        ),
        tuple(rows),
    )


def _expected(words: Words, worth: Money) -> Value:
    share = worth.inputs.get("suspect_share")
    return Value("–") if share is None else count(words, float(worth.suspect) * float(share))


def _prices(words: Words, worth: Money) -> Table:
    rows = []
    for key, value in worth.inputs.items():
        given = Value(words("money.not_given")) if value is None else Value(_plain(words, float(value)), float(value))
        rows.append((Value(key), Value(words(f"money.key.{key}")), given))
    for entry in worth.streams if [s.name for s in worth.streams] != ["mailings"] else ():
        for key in ("mailings_per_year", "print", "postage"):
            price = getattr(entry, key)
            shown = Value(words("money.not_given")) if price is None else Value(_plain(words, float(price)), price)
            rows.append((Value(f"mailings.{entry.name}.{key}"), Value(words(f"money.key.{key}")), shown))
    return Table(
        "prices",
        words("money.inputs"),
        (Column(words("column.key")), Column(words("column.meaning")), Column(words("column.price"), "number")),
        tuple(rows),
    )


def _plain(words: Words, value: float) -> str:
    """Return a price as it was given."""
    digits = len(format(value, "f").rstrip("0").partition(".")[2])
    return words.number(value, digits) if digits else words.count(int(value))
