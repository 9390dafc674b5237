"""What the journal forgets, a slice at a time."""

import apsw

__all__ = ["KEPT_DAYS", "prune"]

# A till may ask again for an answer this long after it first asked, whatever happened between.
KEPT_DAYS = 35
DAY_US = 86_400_000_000
# A slice that the commits waiting behind it do not notice.
SLICE_ROWS = 200

# Rows are in order of time, so that only the oldest need a look. A purchase that the central service has not
# acknowledged stays, however old.
STATEMENTS = (
    """DELETE FROM purchases WHERE row IN (SELECT row FROM purchases ORDER BY row LIMIT :slice)
       AND committed_us < :before AND event_number <= (SELECT acknowledged FROM identity)""",
    """DELETE FROM cancellations WHERE row IN (SELECT row FROM cancellations ORDER BY row LIMIT :slice)
       AND cancelled_us < :before AND coalesce(event_number, 0) <= (SELECT acknowledged FROM identity)""",
    """DELETE FROM holds WHERE row IN (SELECT row FROM holds ORDER BY row LIMIT :slice) AND created_us < :before
       AND state <> 'OPEN'""",
    """DELETE FROM print_jobs WHERE row IN (SELECT row FROM print_jobs ORDER BY row LIMIT :slice)
       AND created_us < :before AND state = 'ENDED'""",
)


def prune(connection: apsw.Connection, now_us: int) -> bool:
    """Delete what is older than KEPT_DAYS, at most a slice of each table. Whether a slice was full."""
    before = now_us - KEPT_DAYS * DAY_US
    full = False
    for statement in STATEMENTS:
        connection.execute(statement, {"slice": SLICE_ROWS, "before": before})
        full = full or connection.changes() == SLICE_ROWS
    return full
