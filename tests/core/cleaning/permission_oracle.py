"""A plain Python reading of the rules of permission, which shares no code with the step; the random worlds are judged by it.

A world is a dict of tables, each a list of rows, and ``screening``: channel to how its opt-out registers stand, where that was worked out before.
"""

import datetime as dt

AS_OF = dt.date(2026, 6, 30)
CHANNELS = ("ad_audience", "email", "phone", "post", "push", "robocall", "sms")
STALE_BEFORE = dt.date(2024, 6, 30)
SCREENING_DAYS = 30


def counted_day(moment):
    """The day of an event, None if undated; "future" if it must not count."""
    if moment is None:
        return None
    return "future" if moment.date() > AS_OF else moment.date()


def addresses(rows, kind):
    return {r[kind].lower() if kind == "email" else r[kind] for r in rows if r.get(kind)}


def binding_stops(world, cid, channel):
    """Day (None: undated), kind, and whether it is their own, of each stop that binds a customer; others' bind by a shared address."""
    kind = {"email": "email", "sms": "phone", "phone": "phone", "robocall": "phone"}.get(channel)
    mine = addresses(all_rows(world, cid), kind) if kind else set()
    stops = []
    for event in world["consents"]:
        if event["channel"] != channel or event["status"] not in ("withdrawn", "objected"):
            continue
        day = counted_day(event["recorded_at"])
        giver = resolve(world, event["customer_id"])
        shares = kind and giver and mine & addresses(all_rows(world, giver), kind)
        if day != "future" and (giver == cid or shares):
            stops.append((day, event["status"], giver == cid))
    return stops


def resolve(world, name):
    ids = {r["customer_id"] for r in world["customers"]}
    if name in ids:
        return name
    return next((c["customer_id"] for c in world["crosswalk"] if c["source_customer_id"] == name), None)


def rows_of(world, cid):
    return [r for r in world["customers"] if r["customer_id"] == cid]


def all_rows(world, cid):
    """The customer's rows, and those that were merged into them, as they came: what stops or names any of them counts."""
    became = {c["row_id"]: c["customer_id"] for c in world["crosswalk"]}
    return rows_of(world, cid) + [r for r in world["originals"] if became.get(r["row_id"]) == cid]


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
    rows = all_rows(world, cid)
    ban, days = False, []
    for e in world["suppressions"]:
        day = counted_day(e["screened_at"])
        named = resolve(world, e["customer_id"])
        kind = {"email": "email", "sms": "phone", "phone": "phone", "robocall": "phone"}.get(channel)
        if (
            day != "future" and e["channel"] in (None, channel) and named and kind
            and addresses(all_rows(world, named), kind) & addresses(rows, kind)
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
    age = age_of(all_rows(world, cid))
    child = age is not None and age < (13 if finnish else 16)

    events = [
        (counted_day(e["recorded_at"]), e) for e in world["consents"]
        if resolve(world, e["customer_id"]) == cid and e["channel"] == channel
    ]  # fmt: skip
    events = [
        (day, e) for day, e in events
        if day != "future"
        and not (child and e["status"] == "granted" and not e["guardian"])
        and not (e["status"] == "granted" and e["effective_from"] and e["effective_from"].date() > AS_OF)
    ]  # fmt: skip
    grants = [(d, e) for d, e in events if e["status"] == "granted" and e["basis"] in (None, "consent")]
    stops = binding_stops(world, cid, channel)
    last_stop = None
    if stops:
        undated_stop = any(d is None for d, _, _ in stops)
        last_stop = dt.date.max if undated_stop else max(d for d, _, _ in stops)
        if not any(d is not None and d > last_stop for d, _ in grants):
            conflict = grants and (undated_stop or any(d is None or d == last_stop for d, _ in grants))
            if conflict:
                return "may_not", "conflict_withdrawal_wins"
            final = [(s, own) for d, s, own in stops if (d is None if undated_stop else d == last_stop)]
            # Their own word is named before that of another.
            said = {s for s, own in final if own} or {s for s, _ in final}
            return "may_not", "objected" if "objected" in said else "withdrawn"

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
        told = {r["informed"] for r in rows}
        if finnish and True not in told and False in told:
            return "ask_again", "not_informed"
        if stops and not valid:
            return "ask_again", "no_evidence"
        if not finnish:
            return "ask_again", "unknown_default_deny"
        if unread():
            return "review", "status_unread"
        if True not in told:
            return "screen_first", "informed_unknown"
        if (world["screening"][channel] if "screening" in world else screening(world, channel)) != "fresh":
            return "screen_first", "screen_first"
        if channel == "post" and not any(r["source"] for r in rows):
            return "screen_first", "source_unknown"
        return "may", f"{channel}_opt_out"
    if not valid:
        return "may_not", "no_sharing_consent"
    latest = max(in_force, key=lambda g: (g[0], bool(g[1]["purpose"])))
    return ("review", "sharing_consent_to_check") if latest[1]["purpose"] else ("may_not", "no_sharing_consent")
