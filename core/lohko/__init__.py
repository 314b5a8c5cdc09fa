"""lohko: customer files in; a clean register, value segments and provable marketing decisions out.

The library behind the ``lohko`` command. Every step is a plain function from tables to tables; the folders below
this one are its rooms (see ``docs/architecture.md``). Importing this name loads nothing heavy.
"""

__version__ = "0.1.0"
