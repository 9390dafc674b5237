"""Management commands of the customers."""
