"""The use cases of a sale: identify, quote, commit, cancel, look up."""

from ._central import Central, NoCentral
from ._checkout import Checkout

__all__ = ["Central", "Checkout", "NoCentral"]
