"""Parts of the terminal program."""
