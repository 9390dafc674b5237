"""Customers, their identifiers and cards."""
