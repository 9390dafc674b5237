"""The central service: stores, customers, programmes, ledger, and the gateways' server."""
