"""One file a command. Nothing heavier than typer is imported at module level, so that ``lohko --help`` stays quick."""
