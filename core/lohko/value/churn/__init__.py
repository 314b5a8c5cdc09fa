"""Churn risk: who will have left, or fallen silent, some days from now.

``design`` and ``model`` are a general model of a yes-or-no label on mixed columns; ``judging`` holds what it foretold
against what happened; ``panel`` makes columns and label from the events of a package; ``risk`` puts them together.
"""
