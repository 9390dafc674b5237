"""The daemon at the shop and the `tillgate` command."""
