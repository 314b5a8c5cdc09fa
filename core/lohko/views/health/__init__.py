"""The register's health: what is missing, wrong, doubled and stale, where it comes from, and what it costs."""
