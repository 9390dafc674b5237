"""What the journal forgets, a slice at a time."""

import apsw

__all__ = ["HOUR_MS", "KEPT_DAYS", "prune", "read_hours_lived"]

# A till may ask again for an answer this long after it first asked, whatever happened between.
KEPT_DAYS = 35
HOUR_MS = 3_600_000
# A slice that the commits waiting behind it do not notice.
SLICE_ROWS = 200

# Age is counted in hours that the gateway has run, by the clock that nobody sets: a wall clock that is wrong for a
# minute must not make answers forgotten that tills still ask for. While the gateway is off nothing ages.
MARK = """INSERT OR IGNORE INTO retention SELECT :hour,
    (SELECT ifnull(max(row), 0) FROM purchases), (SELECT ifnull(max(row), 0) FROM cancellations),
    (SELECT ifnull(max(row), 0) FROM holds), (SELECT ifnull(max(row), 0) FROM print_jobs)"""
NEWEST_OLD_ENOUGH = (
    "SELECT hour, purchases, cancellations, holds, print_jobs FROM retention WHERE hour < ? ORDER BY hour DESC LIMIT 1"
)
# The newest row stays, so that SQLite never gives the number of a row that is gone again: marks tell rows by number.
# A purchase that the central service has not acknowledged stays, however old.
STATEMENTS = (
    """DELETE FROM purchases WHERE row IN (SELECT row FROM purchases
        WHERE row <= :last AND row < (SELECT max(row) FROM purchases)
        AND event_number <= (SELECT acknowledged FROM identity) ORDER BY row LIMIT :slice)""",
    """DELETE FROM cancellations WHERE row IN (SELECT row FROM cancellations
        WHERE row <= :last AND row < (SELECT max(row) FROM cancellations)
        AND coalesce(event_number, 0) <= (SELECT acknowledged FROM identity) ORDER BY row LIMIT :slice)""",
    """DELETE FROM holds WHERE row IN (SELECT row FROM holds
        WHERE row <= :last AND row < (SELECT max(row) FROM holds)
        AND state <> 'OPEN' ORDER BY row LIMIT :slice)""",
    """DELETE FROM print_jobs WHERE row IN (SELECT row FROM print_jobs
        WHERE row <= :last AND row < (SELECT max(row) FROM print_jobs)
        AND state = 'ENDED' ORDER BY row LIMIT :slice)""",
)


def read_hours_lived(connection: apsw.Connection) -> int:
    """How long a gateway has run on this file, to the last look that it took."""
    hours: int = connection.execute("SELECT ifnull(max(hour), 0) FROM retention").get
    return hours


def prune(connection: apsw.Connection, hour: int) -> bool:
    """Note which rows there are in this hour of the gateway's running, and delete, at most a slice of each table, what
    was there KEPT_DAYS before. Whether a slice was full."""
    connection.execute(MARK, {"hour": hour})
    # The mark was made within its hour, hence one more.
    mark = next(iter(connection.execute(NEWEST_OLD_ENOUGH, (hour - KEPT_DAYS * 24,)).fetchall()), None)
    if mark is None:
        return False
    connection.execute("DELETE FROM retention WHERE hour < ?", (mark[0],))
    full = False
    for statement, last in zip(STATEMENTS, mark[1:], strict=True):
        connection.execute(statement, {"last": last, "slice": SLICE_ROWS})
        full = full or connection.changes() == SLICE_ROWS
    return full
