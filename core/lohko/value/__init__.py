"""Customer value in three dimensions: money, visits and social acts, now and to come.

``step`` puts the parts together; ``purchases``, ``contracts``, ``visiting``, ``acts`` and ``voices`` turn events into
features; ``scores`` ranks and classes them; ``lifetime`` and ``models`` look ahead.
"""
