"""Gateways: who may connect, and what was heard of them."""
