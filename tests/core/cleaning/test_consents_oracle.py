"""The permissions of random histories, against a plain Python reading of the rules that shares no code with the step."""

import datetime as dt
from itertools import product

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lohko.cleaning.consents import consents
from lohko.cleaning.params import ConsentsParams
from lohko.outcome import Env
from lohko.tables.types import schema

AS_OF = dt.date(2026, 6, 30)
CHANNELS = ("ad_audience", "email", "phone", "post", "push", "robocall", "sms")
ORDER = ("may_not", "review", "ask_again", "screen_first", "may")
STALE_BEFORE = dt.date(2024, 6, 30)
SCREENING_DAYS = 30

# ---- the oracle -----------------------------------------------------------------------------------------------------


def counted_day(moment):
    """The day of an event, None if undated; "future" if it must not count."""
    if moment is None:
        return None
    return "future" if moment.date() > AS_OF else moment.date()


def addresses(rows, kind):
    return {r[kind].lower() if kind == "email" else r[kind] for r in rows if r.get(kind)}


def binding_stops(world, cid, channel):
    """Days (None: undated) and kinds of the stops that bind a customer: their own, and those of who shares the address."""
    kind = {"email": "email", "sms": "phone", "phone": "phone", "robocall": "phone"}.get(channel)
    mine = addresses(rows_of(world, cid), kind) if kind else set()
    stops = []
    for event in world["consents"]:
        if event["channel"] != channel or event["status"] not in ("withdrawn", "objected"):
            continue
        day = counted_day(event["recorded_at"])
        giver = resolve(world, event["customer_id"])
        shares = kind and giver and mine & addresses(rows_of(world, giver), kind)
        if day != "future" and (giver == cid or shares):
            stops.append((day, event["status"]))
    return stops


def resolve(world, name):
    ids = {r["customer_id"] for r in world["customers"]}
    if name in ids:
        return name
    return next((c["customer_id"] for c in world["crosswalk"] if c["source_customer_id"] == name), None)


def rows_of(world, cid):
    return [r for r in world["customers"] if r["customer_id"] == cid]


def age_of(rows):
    born = max((r["birth_date"] for r in rows if r["birth_date"]), default=None)
    if born is None or born > AS_OF:
        return None
    years = AS_OF.year - born.year
    return years - 1 if (AS_OF.month, AS_OF.day) < (born.month, born.day) else years


def recipient_of(rows, channel):
    kinds = set()
    for r in rows:
        if r["customer_type"] == "company" or (r["customer_type"] is None and r["company_name"]):
            role = (r["email"] or "").split("@")[0] in ("info", "myynti")
            kinds.add("role" if role and channel == "email" else "named")
        elif r["customer_type"] is None and not r["first_name"] and not r["last_name"]:
            kinds.add("unknown")
        else:
            kinds.add("consumer")
    return next(k for k in ("consumer", "unknown", "named", "role") if k in kinds)


def on_lists(world, cid, channel):
    """(total ban, days of the entries for the channel)."""
    rows = rows_of(world, cid)
    ban, days = False, []
    for e in world["suppressions"]:
        day = counted_day(e["screened_at"])
        named = resolve(world, e["customer_id"])
        kind = {"email": "email", "sms": "phone", "phone": "phone", "robocall": "phone"}.get(channel)
        if (
            day != "future" and e["channel"] in (None, channel) and named and kind
            and addresses(rows_of(world, named), kind) & addresses(rows, kind)
        ):  # fmt: skip
            days.append(day)
        hit = (
            named == cid
            or (e["email"] and e["email"].lower() in addresses(rows, "email"))
            or (e["phone"] and e["phone"] in addresses(rows, "phone"))
            or any(
                e["last_name"] and e["street"] and e["postcode"]
                and (r["last_name"], r["street"], r["postcode"]) == (e["last_name"], e["street"], e["postcode"])
                and (e["first_name"] is None or r["first_name"] == e["first_name"])
                for r in rows
            )
        )  # fmt: skip
        if day != "future" and hit:
            if e["channel"] is None:
                ban = True
            elif e["channel"] == channel:
                days.append(day)
    return ban, days


def screening(world, channel):
    last: dict[str, dt.date | None] = {}
    for e in world["suppressions"]:
        day = counted_day(e["screened_at"])
        outside = e["register"] in ("Puhelin-Robinson", "robinson", *(("nix",) if channel == "phone" else ()))
        if e["channel"] == channel and day != "future" and outside and channel in ("phone", "post"):
            key = e["register"]
            last[key] = max((d for d in (day, last.get(key)) if d), default=None)
    days = [day for day in last.values() if day is not None]
    if not days or len(days) < len(last):
        return "missing"
    return "fresh" if (AS_OF - min(days)).days <= SCREENING_DAYS else "old"


def oracle(world, cid, channel):
    rows = rows_of(world, cid)
    updates = [
        u["status"] for u in world["address_updates"]
        if resolve(world, u["customer_id"]) == cid and (u["valid_from"] is None or u["valid_from"] <= AS_OF)
    ]  # fmt: skip
    ban, listed = on_lists(world, cid, channel)
    if "deceased" in updates:
        return "may_not", "deceased"
    if ban:
        return "may_not", "total_ban"
    if "protected" in updates and channel == "post":
        return "may_not", "protected_address"

    countries = {r["country"] for r in rows}
    country = countries.pop() if len(countries) == 1 else None
    finnish = country in ("FI", "AX")
    age = age_of(rows)
    child = age is not None and age < (13 if finnish else 16)

    events = [
        (counted_day(e["recorded_at"]), e) for e in world["consents"]
        if resolve(world, e["customer_id"]) == cid and e["channel"] == channel
    ]  # fmt: skip
    events = [
        (day, e) for day, e in events
        if day != "future" and not (child and e["status"] == "granted" and not e["guardian"])
    ]  # fmt: skip
    grants = [(d, e) for d, e in events if e["status"] == "granted" and e["basis"] in (None, "consent")]
    stops = binding_stops(world, cid, channel)
    last_stop = None
    if stops:
        undated_stop = any(d is None for d, _ in stops)
        last_stop = dt.date.max if undated_stop else max(d for d, _ in stops)
        if not any(d is not None and d > last_stop for d, _ in grants):
            conflict = grants and (undated_stop or any(d is None or d == last_stop for d, _ in grants))
            if conflict:
                return "may_not", "conflict_withdrawal_wins"
            final = {s for d, s in stops if (d is None if undated_stop else d == last_stop)}
            return "may_not", "objected" if "objected" in final else "withdrawn"

    def grade(day, e):
        if e["method"] == "pre_ticked":
            return "pre_ticked"
        confirmed = e["double_opt_in_at"].date() if e["double_opt_in_at"] else None
        confirmed = confirmed if confirmed and confirmed <= AS_OF else None
        if day is None or not e["source"] or not e["wording"] or not (e["method"] == "active" or confirmed):
            return "no_evidence"
        if e["expires_at"] and e["expires_at"].date() < AS_OF:
            return "expired"
        return "stale" if max(day, confirmed or day) < STALE_BEFORE else "valid"

    graded = [(grade(d, e), d, e) for d, e in grants]
    in_force = [(d, e) for g, d, e in graded if g == "valid" and (last_stop is None or d > last_stop)]
    valid = bool(in_force)
    valid_day = max((d for d, _ in in_force), default=None)
    weak = [g for g, _, _ in graded if g != "valid"]
    # Grants that name no guardian were left out above: a child's consent in force is the guardian's.
    if child and not valid:
        return "may_not", "child"

    consented_later = valid and listed and all(d is not None and d < valid_day for d in listed)
    if listed and channel in ("phone", "post") and not consented_later:
        return "may_not", "robinson"
    if listed and channel not in ("phone", "post"):
        return "may_not", "opt_out_list"
    has = {
        "email": any(r["email"] for r in rows),
        "phone": any(r["phone"] for r in rows),
        "post": any(r["street"] and (r["postcode"] or r["city"]) for r in rows),
    }
    needs = {"email": ["email"], "post": ["post"], "push": [], "ad_audience": ["email", "phone"]}.get(
        channel, ["phone"]
    )
    if needs and not any(has[n] for n in needs):
        return "may_not", "no_contact_point"
    who = recipient_of(rows, channel)
    if finnish and who in ("consumer", "unknown") and age is not None and 13 <= age < 18:
        return "review", "minor"
    if child and channel in ("phone", "post"):
        return "review", "child_guardian"
    if consented_later:
        return "review", "listed_consented_later"

    full = [
        d for d, e in events
        if e["basis"] == "existing_customer" and e["status"] == "granted"
        and e["told_at_sale"] and e["similar_products"] and e["opt_out_offered"]
    ]  # fmt: skip
    firm = [d for d, e in events if e["basis"] == "company" and e["status"] == "granted"]
    mute = [d for d, e in events if e["status"] == "unknown" and e["basis"] != "existing_customer"]
    mute_sales = [d for d, e in events if e["status"] == "unknown" and e["basis"] == "existing_customer"]

    def unread():
        """Whether a status that could not be read stands against what would allow: "after" it, "alone", or not."""
        against = mute if valid else mute + mute_sales
        held = [d for d, _ in in_force] if valid else full or firm
        if not held:
            return "alone" if mute else None
        last = max((d for d in held if d), default=None)
        return "after" if any(d is None or last is None or d >= last for d in against) else None

    if channel in ("email", "sms", "robocall", "push"):
        if valid:
            return ("review", "status_unread") if unread() else ("may", "consent")
        if "stale" in weak:
            return "ask_again", "stale"
        if "expired" in weak:
            return "ask_again", "expired"
        if channel in ("email", "sms"):
            soft = [e for _, e in events if e["basis"] == "existing_customer" and e["status"] in ("granted", "unknown")]
            if finnish and who in ("consumer", "unknown") and full and not stops:
                return ("review", "status_unread") if unread() else ("may", "soft_opt_in")
            if country in ("FI", "AX", "NO") and who == "role" and not stops:
                if unread():
                    return "review", "status_unread"
                return "may", "no_generic" if country == "NO" else "b2b_opt_out"
        if "no_evidence" in weak:
            return "ask_again", "no_evidence"
        if weak:
            return "ask_again", "invalid_consent"
        if channel == "robocall":
            return "may_not", "robocall_needs_consent"
        if channel in ("email", "sms"):
            if who in ("consumer", "unknown") and soft:
                return "ask_again", "soft_opt_in_incomplete"
            if finnish and who == "named":
                return "ask_again", "named_person_treated_as_natural"
            if country == "DK":
                return "may_not", "dk_optin_all"
        return "ask_again", "unknown_default_deny"
    if channel in ("phone", "post"):
        if not finnish:
            return "ask_again", "unknown_default_deny"
        told = {r["informed"] for r in rows}
        if True not in told and False in told:
            return "ask_again", "not_informed"
        if stops and not valid:
            return "ask_again", "no_evidence"
        if unread():
            return "review", "status_unread"
        if True not in told:
            return "screen_first", "informed_unknown"
        if screening(world, channel) != "fresh":
            return "screen_first", "screen_first"
        if channel == "post" and not any(r["source"] for r in rows):
            return "screen_first", "source_unknown"
        return "may", f"{channel}_opt_out"
    if not valid:
        return "may_not", "no_sharing_consent"
    latest = max(in_force, key=lambda g: (g[0], bool(g[1]["purpose"])))
    return ("review", "sharing_consent_to_check") if latest[1]["purpose"] else ("may_not", "no_sharing_consent")


# ---- random worlds --------------------------------------------------------------------------------------------------


def moment(*days):
    options = [dt.datetime(d.year, d.month, d.day, 12, tzinfo=dt.UTC) for d in days]
    return st.sampled_from([None, *options])


D = dt.date
EVENT_DAYS = (D(2024, 6, 29), D(2024, 6, 30), D(2025, 1, 1), D(2025, 1, 2), D(2026, 6, 30), D(2026, 7, 1))
SCREEN_DAYS = (D(2025, 1, 1), D(2025, 6, 1), D(2026, 5, 31), D(2026, 6, 29), D(2026, 7, 2))
PICK = st.sampled_from
MAYBE = PICK([None, True, False])

customer = st.fixed_dictionaries(
    {
        "customer_id": PICK(["a", "b", "c", "d", "e", "f"]),
        "customer_type": PICK([None, "person", "company"]),
        "first_name": PICK([None, "Ada", "Eve"]),
        "last_name": PICK([None, "Maki"]),
        "company_name": PICK([None, None, "Firma Oy"]),
        "email": PICK([None, "x@y.fi", "X@y.fi", "info@z.fi", "ada@z.fi"]),
        "phone": PICK([None, "+358401111111", "+358402222222"]),
        "street": PICK([None, "Tie 1", "Katu 2"]),
        "postcode": PICK([None, "00100"]),
        "city": PICK([None, "Helsinki"]),
        "country": PICK(["FI", "FI", "FI", "AX", "NO", "DK", "DE"]),
        "birth_date": PICK([None, None, D(2013, 6, 30), D(2013, 7, 1), D(2010, 7, 1), D(1980, 1, 1)]),
        "informed": MAYBE,
        "source": PICK([None, "crm"]),
    }
)
event = st.fixed_dictionaries(
    {
        "customer_id": PICK(["a", "a", "b", "c", "old", "nobody"]),
        "channel": PICK(CHANNELS),
        "status": PICK(["granted", "granted", "granted", "withdrawn", "objected", "unknown"]),
        "recorded_at": moment(*EVENT_DAYS),
        "source": PICK([None, "form", "form"]),
        "wording": PICK([None, "v1", "v1"]),
        "purpose": PICK([None, "ads"]),
        "basis": PICK([None, "consent", "consent", "existing_customer", "company"]),
        "method": PICK([None, "active", "active", "pre_ticked", "oral", "imported"]),
        "told_at_sale": PICK([None, True, True, False]),
        "similar_products": PICK([True, True, None]),
        "opt_out_offered": PICK([True, True, None]),
        "double_opt_in_at": moment(D(2025, 1, 2), D(2026, 7, 1)),
        "expires_at": moment(D(2026, 1, 1), D(2027, 1, 1)),
        "guardian": PICK([None, "mother"]),
    }
)
entry = st.fixed_dictionaries(
    {
        "register": PICK([None, "own newsletter unsubscribes", "Puhelin-Robinson", "nix", "robinson", "robinson"]),
        "channel": PICK([None, *CHANNELS, "phone", "post"]),
        "screened_at": moment(*SCREEN_DAYS),
        "customer_id": PICK([None, None, "a", "old"]),
        "email": PICK([None, None, "x@y.fi"]),
        "phone": PICK([None, None, "+358401111111"]),
        "first_name": PICK([None, "Ada"]),
        "last_name": PICK([None, "Maki"]),
        "street": PICK([None, "Tie 1"]),
        "postcode": PICK([None, "00100"]),
    }
)
update = st.fixed_dictionaries(
    {
        "customer_id": PICK(["a", "b", "old", None]),
        "valid_from": PICK([None, D(2026, 1, 1), D(2026, 7, 1)]),
        "status": PICK(["moved", "moved", "deceased", "protected"]),
    }
)


@st.composite
def worlds(draw):
    """A register with its events: few customers and few channels, so that stops, grants and neighbours meet."""
    channels = PICK(draw(st.lists(PICK(CHANNELS), min_size=1, max_size=2)))
    who = draw(st.integers(1, 3))
    customers = draw(st.lists(customer, min_size=1, max_size=5))
    for row in customers:
        row["customer_id"] = "abc"["abcdef".index(row["customer_id"]) % who]
    events = draw(st.lists(st.tuples(event, channels), max_size=14))
    entries = draw(st.lists(entry, max_size=2))
    updates = draw(st.lists(update, max_size=1))
    merged = draw(st.booleans())
    return {
        "customers": customers,
        "consents": [{**e, "channel": channel} for e, channel in events],
        "suppressions": entries,
        "address_updates": updates,
        "crosswalk": [{"row_id": "9", "source_customer_id": "old", "customer_id": "a"}] if merged else [],
    }


world_strategy = worlds()
QUICK = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


def decided(world):
    frames = {}
    for table, rows in world.items():
        columns = tuple(rows[0]) if rows else None
        kinds = schema("customers" if table == "originals" else table, columns)
        frames[table] = pl.LazyFrame(rows, schema=kinds, orient="row")
    result = consents(frames, ConsentsParams(country="SE"), Env(AS_OF))
    return result.tables["permissions"]


def as_dict(permissions):
    return {(r["customer_id"], r["channel"]): (r["decision"], r["reason"]) for r in permissions.to_dicts()}


def check_oracle(world):
    found = as_dict(decided(world))
    names = {r["customer_id"] for r in world["customers"]}
    assert found.keys() == set(product(names, CHANNELS))
    assert found == {(cid, channel): oracle(world, cid, channel) for cid, channel in found}


@settings(QUICK, max_examples=30)
@given(world_strategy)
def test_every_decision_and_reason_is_the_oracles(world):
    check_oracle(world)


@pytest.mark.slow
@settings(QUICK, max_examples=500)
@given(world_strategy)
def test_every_decision_is_the_oracles_in_many_worlds(world):
    check_oracle(world)


@QUICK
@given(world_strategy, event.filter(lambda e: e["status"] in ("withdrawn", "objected")))
def test_another_stop_never_leads_towards_may(world, stop):
    before = as_dict(decided(world))
    after = as_dict(decided({**world, "consents": [*world["consents"], stop]}))
    for key, (decision, _) in after.items():
        assert ORDER.index(decision) <= ORDER.index(before[key][0])


@QUICK
@given(world_strategy, entry)
def test_another_list_entry_never_leads_those_it_binds_towards_may(world, listing):
    before = as_dict(decided(world))
    bigger = {**world, "suppressions": [*world["suppressions"], listing]}
    after = as_dict(decided(bigger))
    for (cid, channel), (decision, _) in after.items():
        ban, days = on_lists({**world, "suppressions": [listing]}, cid, channel)
        if ban or days:
            assert ORDER.index(decision) <= ORDER.index(before[cid, channel][0])


@QUICK
@given(world_strategy, st.randoms(use_true_random=False))
def test_the_order_of_rows_is_irrelevant(world, random):
    shuffled = {table: random.sample(rows, len(rows)) for table, rows in world.items()}
    assert decided(world).equals(decided(shuffled))


@QUICK
@given(world_strategy, st.sampled_from(CHANNELS), st.sampled_from(["withdrawn", "objected"]))
def test_a_withdrawal_on_the_last_day_always_wins(world, channel, status):
    blank = dict.fromkeys(schema("consents"))
    last = dt.datetime(2026, 6, 30, 23, tzinfo=dt.UTC)
    stop = {**blank, "customer_id": "a", "channel": channel, "status": status, "recorded_at": last}
    stop = {name: stop[name] for name in (world["consents"][0] if world["consents"] else schema("consents"))}
    found = as_dict(decided({**world, "consents": [*world["consents"], stop]}))
    assert found.get(("a", channel), ("may_not",))[0] == "may_not"


@QUICK
@given(world_strategy)
def test_merging_never_takes_a_stop_away(world):
    """What stopped any of the rows stops the customer they become, whichever row's values survive."""
    apart = [{**r, "customer_id": f"{n}{r['customer_id']}", "row_id": str(n)} for n, r in enumerate(world["customers"])]
    first = {r["customer_id"][1:]: r["customer_id"] for r in reversed(apart)}
    # Without grants: one that is later than another row's stop would be the same customer's last word.
    stops = [e for e in world["consents"] if e["status"] != "granted"]
    events = [{**e, "customer_id": first.get(e["customer_id"], e["customer_id"])} for e in stops]
    entries = [{**e, "customer_id": first.get(e["customer_id"])} for e in world["suppressions"]]
    updates = [{**u, "customer_id": first.get(u["customer_id"])} for u in world["address_updates"]]
    rest = {"consents": events, "suppressions": entries, "address_updates": updates}
    before = as_dict(decided({**rest, "customers": apart}))
    to = {r["customer_id"]: first[r["customer_id"][1:]] for r in apart}
    survivors = [r for r in apart if r["customer_id"] in first.values()]
    crosswalk = [
        {"row_id": r["row_id"], "source_customer_id": r["customer_id"], "customer_id": to[r["customer_id"]]}
        for r in apart
    ]
    after = as_dict(decided({**rest, "customers": survivors, "originals": apart, "crosswalk": crosswalk}))
    final = {"deceased", "total_ban", "protected_address", "objected", "withdrawn", "conflict_withdrawal_wins"}
    for (cid, channel), (_, reason) in before.items():
        if reason in final:
            assert after[to[cid], channel][0] == "may_not"
