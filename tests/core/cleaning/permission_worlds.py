"""Random worlds for the permissions: registers with histories of events, lists, updates and merges, many of them side by side in one.

Most of what a run of the step costs it costs however few rows there are. So many small worlds that share no id, address or name are
judged in one run. Only how the opt-out registers stand is common to all of them.
"""

import datetime as dt
from random import Random

import polars as pl
from tests.core.cleaning.permission_oracle import AS_OF, CHANNELS, screening

from lohko.cleaning.consents import consents
from lohko.cleaning.params import ConsentsParams
from lohko.outcome import Env
from lohko.tables.types import schema

TABLES = ("customers", "originals", "crosswalk", "consents", "suppressions", "address_updates")


def noon(day):
    return day and dt.datetime(day.year, day.month, day.day, 12, tzinfo=dt.UTC)


D = dt.date
EVENT_DAYS = (None, D(2024, 6, 29), D(2024, 6, 30), D(2025, 1, 1), D(2025, 1, 2), D(2026, 6, 30), D(2026, 7, 1))
# What each column may hold; `{n}` and phone numbers become the world's own. A value that stands twice comes twice as often.
CUSTOMER = {
    "customer_type": (None, "person", "company"),
    "first_name": (None, "Ada", "Eve"),
    "last_name": (None, "Maki{n}"),
    "company_name": (None, None, "Firma Oy"),
    "email": (None, "x@y{n}.fi", "X@y{n}.fi", "info@z{n}.fi", "ada@z{n}.fi"),
    "phone": (None, "+35840{n:06}1", "+35840{n:06}2"),
    "street": (None, "Tie 1", "Katu 2"),
    "postcode": (None, "00100"),
    "city": (None, "Helsinki"),
    "country": (*["FI"] * 12, "AX", "NO", "DK", "DE"),
    # The youngest of a customer's rows counts, so children are few here, or there would be hardly anyone else.
    "birth_date": (None,) * 30 + (D(1980, 1, 1),) * 6 + (D(2013, 6, 30), D(2013, 7, 1), D(2010, 7, 1), D(2008, 6, 30)),
    "informed": (None, True, False),
    "source": (None, "crm"),
}
EVENT = {
    "status": (*["granted"] * 5, "withdrawn", "objected", "unknown"),
    "recorded_at": tuple(noon(day) for day in EVENT_DAYS),
    "source": (None, *["form"] * 5),
    "wording": (None, *["v1"] * 5),
    "purpose": (None, "ads"),
    "basis": (None, "consent", "consent", "consent", "existing_customer", "existing_customer", "company"),
    "method": (None, *["active"] * 6, "pre_ticked", "oral", "imported"),
    "told_at_sale": (None, *[True] * 5, False),
    "similar_products": (*[True] * 6, None),
    "opt_out_offered": (*[True] * 6, None),
    "double_opt_in_at": (None, noon(D(2025, 1, 2)), noon(D(2026, 7, 1))),
    "expires_at": (None, None, None, noon(D(2026, 1, 1)), noon(D(2027, 1, 1))),
    "effective_from": (None, None, None, noon(D(2026, 1, 1)), noon(D(2026, 7, 1))),
    "guardian": (None, "mother"),
}
ENTRY = {
    "register": (None, "own newsletter unsubscribes", "Puhelin-Robinson", "nix", "robinson", "robinson"),
    "channel": (None, *CHANNELS, *CHANNELS, "phone", "post"),
    "email": (None, None, "x@y{n}.fi"),
    "phone": (None, None, "+35840{n:06}1"),
    "first_name": (None, "Ada"),
    "last_name": (None, "Maki{n}"),
    "street": (None, "Tie 1"),
    "postcode": (None, "00100"),
}
SCREEN_DAYS = tuple(
    noon(day) for day in (None, D(2025, 1, 1), D(2025, 6, 1), D(2026, 5, 31), D(2026, 6, 29), D(2026, 7, 2))
)
UPDATE = {
    "valid_from": (None, D(2026, 1, 1), D(2026, 7, 1)),
    "status": ("moved", "moved", "deceased", "protected"),
}


def row(random, kinds, n, **fixed):
    """One row of random cells."""
    cells = {name: random.choice(values) for name, values in kinds.items()}
    return {name: v.format(n=n) if isinstance(v, str) else v for name, v in cells.items()} | fixed


def event(random, n, names=("a", "a", "b", "c", "old", "older", "nobody"), channels=CHANNELS, **fixed):
    drawn = {"customer_id": f"{random.choice(names)}{n}", "channel": random.choice(channels)}
    return row(random, EVENT, n, **{**drawn, **fixed})


def entry(random, n, screened):
    name = random.choice((None, None, "a", "old"))
    return row(random, ENTRY, n, customer_id=name and f"{name}{n}", screened_at=random.choice(screened))


def world(random, n, screened):
    """One register of few customers and one or two channels, so that stops, grants, lists, merges and neighbours meet."""
    abroad = {"country": random.choice(("AX", "NO", "DK", "DE"))} if random.random() < 0.2 else {}
    names = "abc"[: random.randint(1, 3)]
    customers = [
        row(random, CUSTOMER, n, customer_id=f"{random.choice(names)}{n}", row_id=f"{n}-{i}", **abroad)
        for i in range(random.randint(1, 5))
    ]
    # The first customer may have come of several: what merging kept of each is anybody's guess.
    merged = [
        row(random, CUSTOMER, n, customer_id=f"{name}{n}", row_id=f"{n}-{name}", **abroad)
        for name in ("old", "older")[: random.choice((0, 0, 1, 2))]
    ]
    into = customers[0]["customer_id"]
    originals = merged + [
        row(random, CUSTOMER, n, customer_id=into, row_id=r["row_id"], **abroad)
        if r["customer_id"] == into
        else dict(r)
        for r in customers
    ]
    channels = random.sample(CHANNELS, random.randint(1, 2))
    return {
        "customers": customers,
        "originals": originals if merged else [],
        "crosswalk": [
            {
                "row_id": r["row_id"],
                "source_customer_id": r["customer_id"],
                "customer_id": into if r in merged else r["customer_id"],
            }
            for r in originals
        ]
        if merged
        else [],
        "consents": [event(random, n, channels=channels) for _ in range(random.randint(0, random.choice((3, 14))))],
        "suppressions": [entry(random, n, screened) for _ in range(random.randint(0, 2))],
        "address_updates": [
            row(random, UPDATE, n, customer_id=random.choice((f"a{n}", f"b{n}", f"old{n}", None)))
            for _ in range(random.randint(0, 1))
        ],
    }


def worlds(seed, count):
    """A number of worlds, and how their opt-out registers stand (told in each of them)."""
    random = Random(seed)
    # The registers of all worlds were screened on one of the same few days, else no channel would ever be screened.
    screened = random.sample(SCREEN_DAYS, random.randint(1, 2))
    return with_screening([world(random, n, screened) for n in range(count)])


def with_screening(many):
    both = together(many)
    stand = {channel: screening(both, channel) for channel in CHANNELS}
    return [one | {"screening": stand} for one in many]


def together(many):
    return {table: [r for one in many for r in one[table]] for table in TABLES}


def decided(tables):
    """The permissions of the tables, as the step makes them."""
    frames = {}
    for table in TABLES:
        rows = tables.get(table, [])
        kinds = schema("customers" if table == "originals" else table, tuple(rows[0]) if rows else None)
        frames[table] = pl.LazyFrame(rows, schema=kinds, orient="row")
    return consents(frames, ConsentsParams(country="SE"), Env(AS_OF)).tables["permissions"]


def as_dict(permissions):
    return {
        (cid, channel): (decision, reason)
        for cid, channel, decision, reason in permissions.select(
            "customer_id", "channel", "decision", "reason"
        ).iter_rows()
    }
