"""Views: what brings several trades together for people to read."""
