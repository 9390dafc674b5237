"""Backtests that a marketer starts from a page: a process of their own, with a bar, prices what the stores sold."""
