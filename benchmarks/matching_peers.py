"""Splink 5 on the same registers: the settings of its demo, and a model tuned by somebody who knows it well."""

from __future__ import annotations

import warnings
from typing import Any

import polars as pl

THRESHOLD = 0.95  # documented in Splink's tutorial for clustering
PAIRS_A_ROW = 10  # a blocking rule that makes more on a large register is left out, as many as lohko's own budget


def _plain(frame: pl.DataFrame) -> Any:
    """Return a pandas frame with normal forms, as a careful user would prepare it."""
    text = [name for name in frame.columns if frame[name].dtype == pl.String]
    tidy = frame.with_columns(pl.col(text).str.strip_chars().str.to_lowercase()).with_columns(
        pl.col(name).cast(pl.String) for name in frame.columns
    )
    if "phone" in frame.columns:
        digits = pl.col("phone").str.replace_all(r"[^0-9]", "").str.replace(r"^(358|0)", "")
        tidy = tidy.with_columns(phone=digits)
    return tidy.rename({"customer_id": "unique_id"}).to_pandas()


def _address(cl: Any) -> Any:
    """Return street, postcode and city as one comparison, since they go together."""
    import splink.comparison_level_library as cll

    street = "jaro_winkler_similarity(street_l, street_r) >= 0.92"
    levels = [
        cll.CustomLevel("street_l is null or street_r is null or postcode_l is null or postcode_r is null", "missing"),
        cll.CustomLevel("street_l = street_r and postcode_l = postcode_r", "same"),
        cll.CustomLevel(f"{street} and postcode_l = postcode_r", "street alike, same postcode"),
        cll.CustomLevel(
            f"{street} and (city_l = city_r or levenshtein(postcode_l, postcode_r) <= 1)", "street alike, near"
        ),
        cll.CustomLevel("postcode_l = postcode_r", "same postcode"),
        cll.CustomLevel("city_l = city_r", "same city"),
        cll.ElseLevel(),
    ]
    levels[0] = levels[0].configure(is_null_level=True)
    return cl.CustomComparison(output_column_name="address", comparison_levels=levels)


def _bounded(frame: pl.DataFrame, rule: tuple[str, ...]) -> bool:
    """Tell whether a rule makes a bounded number of pairs, as somebody who knows Splink counts before using one."""
    keys = [
        pl.col(name[7:].partition(",")[0]).str.slice(0, 1) if "(" in name else pl.col(name)
        for name in rule
        if "(" in name or name in frame.columns
    ]
    held = frame.lazy().select(key.cast(pl.String).str.to_lowercase().alias(str(n)) for n, key in enumerate(keys))
    sizes = held.drop_nulls().group_by(pl.all()).len().select(pl.col("len").cast(pl.Float64)).collect()["len"]
    return float((sizes * (sizes - 1) / 2).sum()) <= PAIRS_A_ROW * max(frame.height, 1_000_000 / PAIRS_A_ROW)


def splink_clusters(frame: pl.DataFrame, *, tuned: bool) -> pl.DataFrame:
    """Return customer_id and cluster by Splink.

    ``tuned``: the address folded into one comparison, e-mail, phone and date comparisons, first and last name compared
    together, up to thirteen blocking rules (those that stay bounded), EM on three of them; else name, date, city and e-mail as in the demo.
    """
    warnings.filterwarnings("ignore")
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    has = set(frame.columns)
    comparisons: list[Any] = []
    if tuned:
        comparisons.append(cl.ForenameSurnameComparison("first_name", "last_name"))
    else:
        comparisons += [cl.NameComparison("first_name"), cl.NameComparison("last_name")]
    if "birth_date" in has:
        comparisons.append(
            cl.LevenshteinAtThresholds("birth_date", [1, 2])
            if tuned
            else cl.DateOfBirthComparison("birth_date", input_is_string=True)
        )
    if "email" in has:
        comparisons.append(cl.EmailComparison("email"))
    if tuned and "phone" in has:
        comparisons.append(cl.LevenshteinAtThresholds("phone", 1))
    if tuned and "street" in has:
        comparisons.append(_address(cl))
    else:
        comparisons.append(cl.ExactMatch("city").configure(term_frequency_adjustments=True))
        if "email" not in has:
            comparisons.append(cl.LevenshteinAtThresholds("postcode", 1))
    if "soc_sec_id" in has:
        comparisons.append(cl.LevenshteinAtThresholds("soc_sec_id", [1, 2]))
    rules = [("first_name", "last_name"), ("last_name", "postcode"), ("birth_date", "first_name"), ("email",)]
    if tuned:
        rules += [("phone",), ("soc_sec_id",), ("last_name", "birth_date"), ("birth_date", "postcode")]
        rules += [("street", "first_name"), ("street", "postcode"), ("street", "last_name")]
        rules += [
            ("first_name", "postcode", "substr(last_name,1,1)"),
            ("last_name", "city", "substr(first_name,1,1)"),
        ]
        rules = [rule for rule in rules if _bounded(frame, rule)]
    rules = [rule for rule in rules if all("(" in name or name in has for name in rule)]
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in rules],
        retain_matching_columns=False,
    )
    api = DuckDBAPI()
    source = api.register(_plain(frame))
    linker = Linker(source, settings, log_level=40)
    sure = [block_on("first_name", "last_name", "birth_date" if "birth_date" in has else "postcode")]
    if "email" in has:
        sure.append(block_on("email"))
    linker.training.estimate_probability_two_random_records_match(sure, recall=0.6)
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6 if tuned else 1e6, seed=1)
    trainers = [block_on("first_name", "last_name"), block_on("birth_date" if "birth_date" in has else "email")]
    if tuned:
        trainers.append(block_on("postcode", "last_name"))
    for rule in trainers:
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    pairs = linker.inference.predict(threshold_match_probability=0.5)
    found = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, threshold_match_probability=THRESHOLD)
    made = pl.from_pandas(found.as_pandas_dataframe()[["unique_id", "cluster_id"]])
    return made.rename({"unique_id": "customer_id", "cluster_id": "cluster"})
