"""The server that gateways talk to."""
