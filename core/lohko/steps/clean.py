"""``lohko clean``: contacts, address updates, postcodes, duplicates, permissions, protection, each by its own trade, in this order.

Contacts come first, so that postcodes see the country and duplicates see one form of each phone number; newer addresses before
postcodes and duplicates, which judge by them; permissions after the merge, so that every event of the merged rows binds the one
customer they became. Protected addresses are taken out last: until then they tell who is who.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lohko.cleaning.params import AddressUpdatesParams, ConsentsParams, ContactsParams, PostcodesParams
from lohko.matching.params import DedupeParams
from lohko.outcome import Account, Env, Finding, StepResult
from lohko.parameters import Params

if TYPE_CHECKING:
    import polars as pl


_PARTS: dict[str, type[Params]] = {
    "contacts": ContactsParams,
    "address_updates": AddressUpdatesParams,
    "postcodes": PostcodesParams,
    "dedupe": DedupeParams,
    "consents": ConsentsParams,
    "protect": AddressUpdatesParams,
}
#: What only makes sense for dedupe alone.
_ALONE = frozenset({"undo", "against"})


def _joined() -> type[Params]:
    """Return a parameter class with the fields of all parts (slotted classes cannot be inherited from side by side)."""
    fields: dict[str, tuple[str, Any, Any]] = {}
    for kind in _PARTS.values():
        hints = typing.get_type_hints(kind)
        for entry in dataclasses.fields(kind):
            if entry.name in _ALONE:
                continue
            fields.setdefault(
                entry.name,
                (entry.name, hints[entry.name], dataclasses.field(default=entry.default, metadata=entry.metadata)),
            )
    return dataclasses.make_dataclass(
        "CleanParams",
        list(fields.values()),
        bases=(Params,),
        frozen=True,
        slots=True,
        namespace={"__module__": __name__},
    )


#: Parameters of ``lohko clean``: those of its parts together.
CleanParams = _joined()


def part(params: Params, kind: type[Params]) -> Params:
    """Return the parameters of one part."""
    names = [entry.name for entry in dataclasses.fields(kind) if entry.name not in _ALONE]
    return kind(**{name: getattr(params, name) for name in names})


def clean(tables: Mapping[str, pl.LazyFrame], params: Params, env: Env) -> StepResult:
    """Run the parts one after the other on the tables.

    Parameters
    ----------
    tables : the package's tables; ``customers`` must be among them
    params : CleanParams
    env : as-of day (for permissions), zone, progress

    Returns
    -------
    StepResult
        All tables that any part made; findings in the order of the parts; figures under each part's name; one account
        for the rows the parts merged.
    """
    from lohko.cleaning.address_updates import address_updates, protect
    from lohko.cleaning.consents import consents
    from lohko.cleaning.contacts import contacts
    from lohko.cleaning.postcodes import postcodes
    from lohko.matching.dedupe import dedupe

    functions = {
        "contacts": contacts,
        "address_updates": address_updates,
        "postcodes": postcodes,
        "dedupe": dedupe,
        "consents": consents,
        "protect": protect,
    }
    made: dict[str, pl.DataFrame | pl.LazyFrame] = {}
    accounts: dict[str, Account] = {}
    figures: dict[str, Any] = {}
    findings: list[Finding] = []
    files: dict[str, bytes] = {}
    outdated: set[str] = set()
    for done, (name, kind) in enumerate(_PARTS.items()):
        env.progress(name, done, len(_PARTS))
        now = {**tables, **{table: frame.lazy() for table, frame in made.items()}}
        result = functions[name](now, part(params, kind), env)
        made.update(result.tables)
        accounts.update(result.accounts)
        findings += result.findings
        files.update(result.files)
        if result.figures:
            figures[name] = dict(result.figures)
        outdated = (outdated | set(result.outdated)) - set(result.tables)
        if name == "dedupe" and "address_updates" in tables:
            # A merge may have taken the address of a row that the update did not name: the customer has moved all the same.
            now = {**tables, **{table: frame.lazy() for table, frame in made.items()}}
            again = address_updates(now, part(params, AddressUpdatesParams), env)
            made.update(again.tables)
            if again.figures["moved"]:
                now = {**tables, **{table: frame.lazy() for table, frame in made.items()}}
                judged = postcodes(now, part(params, PostcodesParams), env)
                made.update(judged.tables)
                files.update(judged.files)
    came = tables["customers"]
    if "originals" not in tables and "row_id" in came.collect_schema():
        made["originals"] = came.collect().sort("row_id")  # as they came: before contacts and postcodes were mended
    return StepResult(
        made, tuple(findings), figures, {"customers": accounts["customers"]}, files, tuple(sorted(outdated))
    )
