"""Probability models of buying, fitted by maximum likelihood on numpy and scipy.

A model is a frozen value: what was learnt, with its likelihood; it can be shown, kept and applied to other customers.
"""
