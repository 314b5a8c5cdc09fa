"""The one shell that all steps share: files, locks, time, configuration, the chain."""
