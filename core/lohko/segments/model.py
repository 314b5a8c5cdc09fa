"""The saved model: everything needed to score a customer later, as JSON; no pickle, ever."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import lohko
from lohko.errors import InputRefused
from lohko.segments.behaviour import Floats
from lohko.segments.methods import Clusters
from lohko.segments.transform import Preparation

PATH = "model/model.json"
SCHEMA = 1


@dataclass(frozen=True, slots=True)
class SavedSegment:
    """What a model knows of one segment.

    Attributes
    ----------
    slug : stable id
    names, rule : texts by language
    hint, goal, next_dimension : how to treat it
    stability : mean bootstrap Jaccard; None where it is no cluster
    customers, share : at training
    next_share_customers : share of its customers for whom value said that dimension; None where it is by rule
    next_share : mean share of customers alike for whom that dimension came next
    rule_covers, rule_right : at training: the share of it that fits the rule, and of those who fit, the share in it
    """

    slug: str
    names: Mapping[str, str]
    rule: Mapping[str, str]
    hint: str
    goal: str
    next_dimension: str | None
    stability: float | None
    customers: int
    share: float
    next_share_customers: float | None = None
    next_share: float | None = None
    rule_covers: float | None = None
    rule_right: float | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """A fitted segmentation.

    Attributes
    ----------
    version : of lohko, at training
    as_of : the last day that counted at training
    customers, active : how many there were, and how many had done anything
    seed, k : of the clustering
    dimensions : in which customers can be active; those active in none are the inactive
    features : raw features it reads
    method : ``kmeans`` or ``gmm``
    preparation, clusters : from features to clusters; cluster i belongs to ``segments[i]``
    segments : of the clusters, by value
    inactive : the group of those who have done nothing
    new : the group of those too few events are known of; None in a model that does not tell them (before they were)
    new_events, new_days : fewer events than that, the first at most so many days ago, make a customer new
    bands : by feature, the edges of bands and the shares in them at training (last: inactive), to measure drift from
    thresholds : the limits that the choice of k and the calls of unstable went by
    """

    version: str
    as_of: dt.date
    customers: int
    active: int
    seed: int
    k: int
    dimensions: tuple[str, ...]
    features: tuple[str, ...]
    preparation: Preparation
    clusters: Clusters
    segments: tuple[SavedSegment, ...]
    inactive: SavedSegment
    bands: Mapping[str, Mapping[str, list[float]]]
    thresholds: Mapping[str, float]
    new: SavedSegment | None = None
    new_events: int = 0
    new_days: int = 0
    method: str = "kmeans"

    @property
    def known(self) -> tuple[SavedSegment, ...]:
        """All a customer can be in, by label: the clusters, the new where the model tells them, and last the inactive."""
        return (*self.segments, *([self.new] if self.new else []), self.inactive)

    def to_bytes(self) -> bytes:
        """Return the model as JSON (UTF-8)."""
        content = {
            "schema": SCHEMA,
            "lohko": self.version,
            "as_of": self.as_of.isoformat(),
            "customers": self.customers,
            "active": self.active,
            "seed": self.seed,
            "k": self.k,
            "dimensions": list(self.dimensions),
            "features": list(self.features),
            "transform": self.preparation.as_list(),
            "method": self.method,
            "centres": self.clusters.centres.tolist(),
            **_array("spreads", self.clusters.spreads),
            **_array("weights", self.clusters.weights),
            "segments": [_segment(s) for s in self.segments],
            "inactive": _segment(self.inactive),
            **(
                {"new": _segment(self.new), "new_events": self.new_events, "new_days": self.new_days}
                if self.new
                else {}
            ),
            "bands": {feature: dict(bands) for feature, bands in self.bands.items()},
            "thresholds": dict(self.thresholds),
        }
        return (json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def load(data: bytes) -> Model:
    """Read a model back.

    Raises
    ------
    InputRefused
        It is damaged (code ``segment_model_unreadable``), or in another schema (``segment_model_schema``).
    """
    try:
        content: dict[str, Any] = json.loads(data)
        if content["schema"] != SCHEMA:
            raise InputRefused(
                "segment_model_schema",
                f"the model was written by lohko {content.get('lohko', '?')} in schema {content['schema']}; "
                f"lohko {lohko.__version__} reads schema {SCHEMA}",
            )
        return Model(
            version=content["lohko"],
            as_of=dt.date.fromisoformat(content["as_of"]),
            customers=content["customers"],
            active=content["active"],
            seed=content["seed"],
            k=content["k"],
            dimensions=tuple(content["dimensions"]),
            features=tuple(content["features"]),
            preparation=Preparation.from_list(content["transform"]),
            method=content.get("method", "kmeans"),
            clusters=Clusters(
                np.array(content["centres"], dtype=np.float64).reshape(content["k"], len(content["transform"])),
                *(np.array(content[name]) if name in content else None for name in ("spreads", "weights")),
            ),
            segments=tuple(SavedSegment(**s) for s in content["segments"]),
            inactive=SavedSegment(**content["inactive"]),
            bands=content["bands"],
            thresholds=content["thresholds"],
            new=SavedSegment(**content["new"]) if "new" in content else None,
            new_events=content.get("new_events", 0),
            new_days=content.get("new_days", 0),
        )
    except (ValueError, KeyError, TypeError) as fault:
        raise InputRefused("segment_model_unreadable", f"{PATH} cannot be read as a saved model") from fault


def _array(name: str, values: Floats | None) -> dict[str, Any]:
    return {} if values is None else {name: values.tolist()}


def _segment(segment: SavedSegment) -> dict[str, Any]:
    return {
        name: dict(value) if isinstance(value, Mapping) else value
        for name, value in ((n, getattr(segment, n)) for n in SavedSegment.__slots__)
    }
