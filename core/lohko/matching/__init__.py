"""Duplicate customers: normalise → block → compare → weigh → cluster → merge."""
