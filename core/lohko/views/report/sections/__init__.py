"""The sections of the report value, each counted from the package's tables and history."""
