"""Receipts, and the events that could not be applied."""
