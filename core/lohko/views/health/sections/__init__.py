"""The parts of the health report, each counted from the examined rows."""
