"""Areas joined to customers: level, coverage, hidden figures, and files as statistics offices publish them."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lohko.cleaning.areas import read_areas
from lohko.cleaning.enrich import enrich
from lohko.cleaning.params import EnrichParams
from lohko.errors import InputRefused, UsageFault
from lohko.outcome import Env, GivenFile

ENV = Env(dt.date(2026, 1, 1))
AREAS = pl.DataFrame(
    {
        "postcode": ["00100", "00120", "33100"],
        "municipality": ["Helsinki", "Helsinki", "Tampere"],
        "population": ["300", "100", "50"],
        "income_median_eur": ["20000", "40000", ".."],
        "class": ["city", "city", "city"],
    }
)


def customers(*rows):
    names = ("customer_id", "row_id", "postcode", "municipality", "country")
    return pl.DataFrame(
        [{"customer_id": str(i), "row_id": str(i), **row} for i, row in enumerate(rows)],
        schema=dict.fromkeys(names, pl.String),
    )


def run(people, areas=AREAS, name=None, **params):
    env = Env(ENV.as_of, given={"areas": GivenFile(name, b"")}) if name else ENV
    return enrich({"customers": people.lazy(), "areas": areas.lazy()}, EnrichParams(**params), env)


def table(result):
    return result.tables["customers"].lazy().collect()


def test_the_postcode_comes_first_then_the_municipality_and_the_level_is_told():
    people = customers(
        {"postcode": "00100"},
        {"postcode": "00101"},  # a PO box of Helsinki
        {"municipality": "Tammerfors"},
        {"postcode": "90100"},
        {"postcode": "00100", "country": "SE"},
        {"postcode": "33100"},
    )
    result = run(people)
    found = table(result).select("area_level", "area_population", "area_income_median_eur", "area_class").rows()
    assert found == [
        ("postcode", 300, 20000.0, "city"),
        ("municipality", 400, 25000.0, "city"),
        ("municipality", 50, None, "city"),
        (None, None, None, None),
        (None, None, None, None),
        ("postcode", 50, None, "city"),
    ]
    assert result.figures["coverage"] == {"postcode": 2, "municipality": 2, "none": 2}
    assert {f.code for f in result.findings} == {"enrich_postcode", "enrich_municipality_derived", "enrich_none"}


def test_a_table_of_municipalities_is_joined_by_name_code_or_postcode():
    areas = pl.DataFrame({"Kunta": ["091", "Tampere"], "Väestö": ["10", "20"]})
    people = customers({"postcode": "00100"}, {"municipality": "Helsingfors"}, {"municipality": "TAMPERE"})
    assert table(run(people, areas))["area_vaesto"].to_list() == [10, 10, 20]


def test_paavo_is_known_by_its_headings_or_field_names_and_keeps_its_source_line():
    published = pl.DataFrame(
        {
            "Postinumeroalue": [
                "KOKO MAA",
                "00100 Helsinki keskusta - Etu-Töölö (Helsinki)",
                "00120 Punavuori (Helsinki)",
            ],
            "Asukkaat yhteensä (HE)": ["5557765", "18492", "7297"],
            "Asukkaiden keski-ikä (HE)": ["44", "42", "-1"],
            "Asukkaiden mediaanitulot (HR)": ["26000", "34408", "."],
        }
    )
    result = run(customers({"postcode": "00100"}, {"postcode": "00120"}), published)
    found = table(result).select(
        "area_asukkaat_yhteensa_he", "area_asukkaiden_keski_ika_he", "area_asukkaiden_mediaanitulot_hr"
    )
    assert found.rows() == [(18492, 42, 34408), (7297, None, None)]
    assert "Statistics Finland" in result.figures["attribution"]
    assert {"enrich_attribution", "enrich_unplaced"} <= {f.code for f in result.findings}
    fields = pl.DataFrame(
        {"postinumeroalue": ["00100"], "nimi": ["x"], "he_vakiy": ["5"], "he_kika": ["41"], "hr_mtu": ["30000"]}
    )
    known = read_areas(fields, "x.csv")
    assert (known.published, known.indicators) == ("paavo", ("he_vakiy", "he_kika", "hr_mtu"))


def test_a_source_line_of_ones_own_and_a_file_called_paavo():
    assert run(customers({}), name="dir/paavo_2026.csv").figures["attribution"].startswith("Source: Statistics Finland")
    result = run(customers({}), attribution="Source: ours", prefix="area_own_")
    assert result.figures["attribution"] == "Source: ours"
    assert "area_own_population" in table(result).columns


@pytest.mark.parametrize(
    "areas",
    [
        pl.DataFrame({"x": ["1"]}),
        pl.DataFrame({"postcode": ["00100"]}),
        pl.DataFrame({"postcode": ["00100", "100"], "a": ["1", "2"]}),
        pl.DataFrame({"postcode": ["abc"], "a": ["1"]}),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(areas):
    with pytest.raises(InputRefused) as caught:
        run(customers({}), areas)
    assert caught.value.code == "areas_unreadable"


def test_figures_stay_marked_and_own_columns_are_never_written_over():
    with pytest.raises(UsageFault, match="--prefix"):
        run(customers({}), prefix="income_")
    own = customers({}).with_columns(area_population=pl.lit("mine"))
    with pytest.raises(InputRefused, match="area_population") as caught:
        run(own)
    assert caught.value.code == "areas_column_taken"
    assert table(run(own, prefix="area_b_"))["area_population"].to_list() == ["mine"]


def test_without_a_table_the_step_says_how_to_give_one():
    with pytest.raises(InputRefused, match="areas") as caught:
        enrich({"customers": customers({}).lazy()}, EnrichParams(), ENV)
    assert caught.value.code == "table_needed"


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "postcode": st.sampled_from([None, "00100", "00120", "00101", "33100", "99999", "x"]),
            "municipality": st.sampled_from([None, "Helsinki", "Tampere", "Åbo"]),
            "country": st.sampled_from([None, "FI", "SE"]),
        }
    ),
    max_size=8,
)


@settings(max_examples=25, deadline=None)
@given(ROWS)
def test_rows_are_kept_and_a_second_run_changes_nothing(rows):
    people = customers(*rows)
    first = table(run(people))
    assert first.select(people.columns).equals(people)
    assert table(run(first)).equals(first)
    assert sum(run(people).figures["coverage"].values()) == len(rows)
    assert table(run(people.reverse())).equals(first)
