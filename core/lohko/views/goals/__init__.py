"""The management's targets: which measures there are, what they count, and how actual stands against target."""
