"""The domain, pure: documents, money, identifiers, errors, receipts. No I/O, no clock, no framework."""
