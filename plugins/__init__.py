"""Devices: the contract every plugin keeps, the process that runs one, and the drivers that ship."""
