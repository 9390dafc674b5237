"""Loyalty programmes and their revisions."""
