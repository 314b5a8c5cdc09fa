"""The README of the sample data: a template with the counts filled in, so that the two cannot drift apart."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from string import Template

from .campaigns import CAMPAIGNS, Contact

FORMAT_FAULTS = ("code_fi_prefix", "code_space", "code_decimal", "code_letter_o")
DIGIT_FAULTS = ("code_swapped", "code_wrong", "code_short")


def fill(counts: dict[str, int], contacts: list[Contact]) -> str:
    """Fill the counts into the template; a name the template uses and nobody counted is an error."""
    sums = {
        f"{source}:{name}": sum(counts.get(f"{source}:{fault}", 0) for fault in faults)
        for source in ("crm", "shop")
        for name, faults in (("code_format", FORMAT_FAULTS), ("code_wrong_any", DIGIT_FAULTS))
    }
    words = {name.replace(":", "_"): f"{count:,}" for name, count in (counts | sums).items()}
    template = Template(Path(__file__).with_name("README.template.md").read_text(encoding="utf-8"))
    return template.substitute(words, campaign_table=_campaigns(contacts))


def _campaigns(contacts: list[Contact]) -> str:
    people = Counter(contact.campaign.id for contact in contacts)
    rows = []
    for one in CAMPAIGNS:
        chances = f"{one.treated:.0%}, {one.untreated:.0%}" if one.effect else "no effect"
        rows.append(
            f"| {one.id} {one.name} ({one.channel}) | {one.goal} | {people[one.id]} | {one.control:.0%} | {chances} |"
        )
    return "\n".join(rows)
