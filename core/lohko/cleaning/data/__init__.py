"""Data files of the cleaning room and the scripts that make them; README.md names their origin."""
