"""The web admin: dashboard, roles, navigation."""
