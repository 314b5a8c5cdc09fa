"""Cleaning: contacts, postcodes, and the permission to contact, each a step from tables to tables."""
