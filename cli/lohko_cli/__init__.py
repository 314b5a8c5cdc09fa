"""The terminal program of lohko: a Typer app over the library. No logic of the trade lives here."""
