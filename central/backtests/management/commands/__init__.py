"""Management commands of backtests."""
