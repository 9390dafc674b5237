"""Commands of `tillgate-central manage`."""
