"""What a model keeps of each cluster, and of the groups that are none: the new, and those who have done nothing."""

from __future__ import annotations

import dataclasses

from lohko.segments.behaviour import Behaviour
from lohko.segments.facets import Facets
from lohko.segments.model import SavedSegment
from lohko.segments.naming import Name, group_name
from lohko.segments.rules import Rule
from lohko.segments.treatment import Next, Treatment, next_step, treat, treat_group


def cluster_segment(
    name: Name, rule: Rule, facets: Facets | None, stability: float | None, *, members: Behaviour, everybody: int
) -> SavedSegment:
    """Return a cluster's entry; without facets it is everybody there is."""
    treatment = treat(facets) if facets else treat_group("everybody")
    plain = _entry(name, rule, treatment, next_step(members, facets), len(members.ids) / everybody)
    return dataclasses.replace(plain, stability=stability, customers=len(members.ids))


def group_segment(key: str, rule: Rule, members: Behaviour, everybody: int) -> SavedSegment:
    """Return the entry of a group that is not a cluster: ``inactive`` or ``new``."""
    plain = _entry(group_name(key), rule, treat_group(key), next_step(members, None), len(members.ids) / everybody)
    return dataclasses.replace(plain, customers=len(members.ids))


def _entry(name: Name, rule: Rule, treatment: Treatment, following: Next, share: float) -> SavedSegment:
    return SavedSegment(
        slug=name.slug,
        names=name.texts,
        rule=rule.texts,
        hint=treatment.hint,
        goal=treatment.goal,
        next_dimension=following.dimension,
        stability=None,
        customers=0,
        share=round(share, 6),
        next_share_customers=following.customers,
        next_share=following.odds,
        rule_covers=rule.covers,
        rule_right=rule.right,
    )
