"""The customer dashboard: how customers and segments changed between two or more packages."""
