"""Segments of customers by behaviour: matrix, choosing k, stability, naming, rules, profiles, the saved model."""
