"""The terminal program of lohko."""
