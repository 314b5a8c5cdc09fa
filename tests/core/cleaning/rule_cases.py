"""Cases in words, put before the rules."""

import numpy as np

from lohko.cleaning.permission_cases import case_values, judged


def deciding(book, rows, channel):
    """The rule that decides each case: `country`, `recipient` and every fact, in words."""
    values = case_values(book)
    # A country that no rule names is none.
    rows = [row if row["country"] in values["country"] else row | {"country": None} for row in rows]
    cases = {name: np.array([words.index(row[name]) for row in rows]) for name, words in values.items()}
    return [book.rules[number] for number in judged(cases, book, channel)]
