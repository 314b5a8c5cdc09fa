"""The chapters of the health report, in words."""
