"""Points by double entry: accounts, transactions, lots, holds."""
