"""The one stream to the central service: events up, programmes and customers down, holds of points."""

from ._roles import OutboxReader, ReplicaWriter
from ._uplink import HOLD_WITHIN_S, Uplink

__all__ = ["HOLD_WITHIN_S", "OutboxReader", "ReplicaWriter", "Uplink"]
