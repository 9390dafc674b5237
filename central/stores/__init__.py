"""Organisations and their stores."""
