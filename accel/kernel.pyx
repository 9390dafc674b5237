"""Placeholder so that the build has an extension."""
