"""The chapters of the dashboard, one a question."""
