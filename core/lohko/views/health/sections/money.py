"""What the faults cost in a year. Every price is the user's own; without it the sum is not made, and the report says so.

For each yearly mailing::

    waste   = mailings * [sure + suspect * suspect_share] * (print + postage + return_share * return_handling)
    doubled = mailings * surplus * (print + postage)

and once ``invoices = invoices_per_year * sure * (mean_invoice * interest_rate / 365 * delay_days + reminder_cost)``. ``sure``
and ``suspect`` are customers, each counted once. Low takes no suspect address as wrong, high takes all; the surplus goes from
the pairs that are merged without asking to all doubtful ones. Sales that are lost are not in it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal

from lohko.views.health.model import Ages, Duplicates, Money, Span, Stream
from lohko.views.health.params import INVOICES, MAIL, STREAM, Costs, Prices
from lohko.views.health.sections.reach import Posted

_YEAR = Decimal(365)
_FINE = Decimal("0.0001")


def money(costs: Costs, posted: Posted, doubled: Duplicates, ages: Ages) -> Money:
    """Return the yearly cost of the faults as far as it can be priced."""
    prices = costs.prices
    streams = tuple(
        _stream(name, {**prices.as_dict(), **own}, posted, doubled)
        for name, own in (sorted(costs.mailings.items()) or [("mailings", {})])
    )
    late = _invoices(prices, posted)
    spans = [span for stream in streams for span in (stream.waste, stream.doubled) if span is not None]
    if late is not None:
        spans.append(Span(late, late, late))
    return Money(
        currency=prices.currency,
        inputs={name: value for name, value in prices.as_dict().items() if name not in {"currency", "moving_rate"}},
        missing=_missing(prices, streams),
        sure=posted.sure,
        suspect=posted.suspect,
        streams=streams,
        invoices=late,
        total=_sum(spans) if spans else None,
        moved=_moved(streams, prices, ages),
    )


def per_customer(money: Money) -> tuple[Decimal, Decimal] | None:
    """Return what a customer whose letters do not arrive, and one whose letters may not, cost in a year; None without prices.

    Invoices are counted for the former only, and the latter at the share of them that is wrong (all where it is not given),
    so that the costs of the faults add up to the total.
    """
    units = [unit for stream in money.streams if (unit := _wasted(stream, money.inputs)) is not None]
    late = _late({name: _decimal(money.inputs.get(name)) for name in INVOICES})
    if not units and late is None:
        return None
    share = _decimal(money.inputs.get("suspect_share"))
    waste = sum(units, Decimal(0))
    return waste + (late or 0), waste * (1 if share is None else share)


def per_double(money: Money) -> Decimal | None:
    """Return what one customer too many costs in a year; None without prices."""
    parts = [s.mailings * (s.print + s.postage) for s in money.streams if None not in (s.mailings, s.print, s.postage)]  # type: ignore[operator] # None is sorted out
    return sum(parts, Decimal(0)) if parts else None


def _stream(name: str, prices: Mapping[str, float | str | None], posted: Posted, doubled: Duplicates) -> Stream:
    mailings, printed, postage = (_decimal(prices.get(key)) for key in STREAM)
    bare = Stream(name, mailings, printed, postage, None, None)
    unit = _wasted(bare, prices)
    waste = twice = None
    if unit is not None and (posted.sure or posted.suspect):
        share = _decimal(prices.get("suspect_share"))
        waste = Span(
            _fine(unit * posted.sure),
            None if share is None and posted.suspect else _fine(unit * (posted.sure + posted.suspect * (share or 0))),
            _fine(unit * (posted.sure + posted.suspect)),
        )
    elif unit is not None:
        waste = Span(Decimal(0), Decimal(0), Decimal(0))
    if doubled.looked and mailings is not None and printed is not None and postage is not None:
        each = mailings * (printed + postage)
        low, expected, high = (
            _fine(each * Decimal(str(n))) for n in (doubled.charged_low, doubled.charged_expected, doubled.charged_high)
        )
        twice = Span(low, expected, high)
    return dataclasses.replace(bare, waste=waste, doubled=twice)


def _wasted(stream: Stream, prices: Mapping[str, float | str | None]) -> Decimal | None:
    """Return what a customer's undeliverable letters of a mailing cost in a year."""
    back, handling = (_decimal(prices.get(key)) for key in ("return_share", "return_handling"))
    if None in (stream.mailings, stream.print, stream.postage, back, handling):
        return None
    assert stream.mailings is not None
    assert stream.print is not None
    assert stream.postage is not None
    assert back is not None
    assert handling is not None
    return stream.mailings * (stream.print + stream.postage + back * handling)


def _late(prices: Mapping[str, Decimal | None]) -> Decimal | None:
    """Return what the late invoices of a customer without a good address cost in a year."""
    count, mean, rate, days, reminder = (prices.get(key) for key in INVOICES)
    if count is None or mean is None or rate is None or days is None or reminder is None:
        return None
    return count * (mean * rate / _YEAR * days + reminder)


def _invoices(prices: Prices, posted: Posted) -> Decimal | None:
    each = _late({name: _decimal(getattr(prices, name)) for name in INVOICES})
    return None if each is None else _fine(each * posted.sure)


def _moved(streams: Sequence[Stream], prices: Prices, ages: Ages) -> Decimal | None:
    units = [unit for stream in streams if (unit := _wasted(stream, prices.as_dict())) is not None]
    return _fine(sum(units, Decimal(0)) * Decimal(str(ages.moved))) if units else None


def _missing(prices: Prices, streams: Sequence[Stream]) -> tuple[str, ...]:
    """Return the keys of ``[costs]`` without which a sum, or its expectation, cannot be made."""
    given = prices.as_dict()
    held = {key for key in STREAM if all(_of(stream, key) is not None for stream in streams)}
    lacking = [key for key in (*MAIL, "suspect_share", *INVOICES) if given[key] is None and key not in held]
    # who sends no invoices by post need not say what they cost
    if given["invoices_per_year"] == 0:
        lacking = [key for key in lacking if key not in INVOICES]
    return tuple(lacking)


def _of(stream: Stream, key: str) -> Decimal | None:
    return {"mailings_per_year": stream.mailings, "print": stream.print, "postage": stream.postage}[key]


def _sum(spans: Sequence[Span]) -> Span:
    expected = [span.expected for span in spans]
    known = [value for value in expected if value is not None]
    return Span(
        sum((span.low for span in spans), Decimal(0)),
        sum(known, Decimal(0)) if len(known) == len(expected) else None,
        sum((span.high for span in spans), Decimal(0)),
    )


def _decimal(value: float | str | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _fine(value: Decimal) -> Decimal:
    """Round money to the fourth decimal, half to even."""
    return value.quantize(_FINE, rounding=ROUND_HALF_EVEN)
