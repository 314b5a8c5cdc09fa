"""Comparisons: what two rows' values of a field say, as a level of agreement. One module a kind."""
