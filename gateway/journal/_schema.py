"""Tables of gateway.db, as steps forward. A released step is never edited; a change is a new one."""

__all__ = ["APPLICATION_ID", "STEPS"]

#: "TGJ1": tells our file from any other SQLite file.
APPLICATION_ID = 0x54474A31

# Times are microseconds since 1970 in UTC. Bodies are protobuf bytes. Ids made by a POS are 16 bytes.
# Rows are appended (INTEGER PRIMARY KEY) and found by a small unique index: a random UUID as the key of a wide table
# would dirty a page for each purchase all over the file.
FIRST = """
-- The gateway's place in the stream of events. Events are numbered once and for ever; the sequence that the central
-- service sees is number - base, so that a new epoch starts at 1 again without rewriting a row.
CREATE TABLE identity (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    epoch INTEGER NOT NULL,
    base INTEGER NOT NULL,
    acknowledged INTEGER NOT NULL,
    last INTEGER NOT NULL,
    CHECK (base <= acknowledged AND acknowledged <= last)
) STRICT;
INSERT INTO identity VALUES (1, 1, 0, 0, 0);

-- Events that the central service has not acknowledged. `body` is sync.v1.Event without epoch and seq.
CREATE TABLE outbox (
    number INTEGER PRIMARY KEY,
    recorded_us INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;

-- Events that the central service could not apply, kept for people.
CREATE TABLE quarantine (
    number INTEGER PRIMARY KEY,
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    reason TEXT NOT NULL,
    body BLOB NOT NULL
) STRICT;

CREATE TABLE purchases (
    row INTEGER PRIMARY KEY,
    purchase_id BLOB NOT NULL UNIQUE CHECK (length(purchase_id) = 16),
    request_hash BLOB NOT NULL,
    committed_us INTEGER NOT NULL,
    event_number INTEGER NOT NULL,
    response BLOB NOT NULL,
    purchase BLOB NOT NULL
) STRICT;

-- A row without an event closes an id that was never committed.
CREATE TABLE cancellations (
    row INTEGER PRIMARY KEY,
    purchase_id BLOB NOT NULL UNIQUE CHECK (length(purchase_id) = 16),
    cancelled_us INTEGER NOT NULL,
    reason TEXT NOT NULL,
    event_number INTEGER
) STRICT;

-- Points asked for at the central service: written before the question, so that a crash leaves a trace to release.
CREATE TABLE holds (
    row INTEGER PRIMARY KEY,
    hold_id TEXT NOT NULL UNIQUE,
    customer_id TEXT NOT NULL,
    points INTEGER NOT NULL,
    created_us INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('OPEN', 'USED', 'RELEASED'))
) STRICT;
CREATE INDEX holds_open ON holds (row) WHERE state = 'OPEN';

CREATE TABLE print_jobs (
    row INTEGER PRIMARY KEY,
    job_id TEXT NOT NULL UNIQUE,
    device_id TEXT NOT NULL,
    request_hash BLOB NOT NULL,
    document BLOB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('QUEUED', 'SENDING', 'ENDED')),
    outcome INTEGER NOT NULL DEFAULT 0,
    detail TEXT NOT NULL DEFAULT '',
    statuses TEXT NOT NULL DEFAULT '[]',
    created_us INTEGER NOT NULL,
    ended_us INTEGER
) STRICT;
CREATE INDEX print_jobs_unfinished ON print_jobs (row) WHERE state <> 'ENDED';

CREATE TABLE lanes (
    lane_id TEXT PRIMARY KEY,
    role TEXT NOT NULL CHECK (role IN ('cashier', 'supervisor')),
    token_hash BLOB NOT NULL UNIQUE,
    created_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What came down from the central service. `welcome` is encrypted: it holds the key of the identifiers' hashes.
CREATE TABLE replica (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    customers_cursor INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    snapshot_generation INTEGER,
    count INTEGER NOT NULL,
    checksum BLOB NOT NULL CHECK (length(checksum) = 8),
    key_check BLOB NOT NULL,
    welcome BLOB
) STRICT;
INSERT INTO replica VALUES (1, 0, 0, NULL, 0, zeroblob(8), zeroblob(0), NULL);

-- `state` is type.v1.CustomerState without the greeting, which is encrypted apart.
CREATE TABLE customers (
    customer_id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    event_number INTEGER NOT NULL,
    greeting BLOB NOT NULL,
    state BLOB NOT NULL
) STRICT;

CREATE TABLE identifiers (
    hash BLOB PRIMARY KEY,
    customer_id TEXT NOT NULL REFERENCES customers ON DELETE CASCADE,
    blocked INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX identifiers_customer ON identifiers (customer_id);

CREATE TABLE bundles (
    slot TEXT PRIMARY KEY CHECK (slot IN ('previous', 'current', 'next')),
    sha256 TEXT NOT NULL,
    active_from_us INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID;
"""

SECOND = """
-- Tells this file from another one of the same gateway, whose events could have the same numbers.
ALTER TABLE identity ADD COLUMN journal_id TEXT NOT NULL DEFAULT '';
UPDATE identity SET journal_id = lower(hex(randomblob(16)));
"""

THIRD = """
-- The newest row of each table in an hour of the gateway's running, counted from 0 over all its lives.
CREATE TABLE retention (
    hour INTEGER PRIMARY KEY,
    purchases INTEGER NOT NULL,
    cancellations INTEGER NOT NULL,
    holds INTEGER NOT NULL,
    print_jobs INTEGER NOT NULL
) STRICT;
"""

FOURTH = """
-- In how many receipts of the chain rules gave something, those of `own_uses` among them.
CREATE TABLE use_totals (
    rule_id TEXT PRIMARY KEY,
    receipts INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Events of this gateway that the central service had not counted when it told of its totals: 1 for a purchase, -1 for
-- one taken back.
CREATE TABLE own_uses (
    event_number INTEGER NOT NULL,
    rule_id TEXT NOT NULL,
    receipts INTEGER NOT NULL,
    PRIMARY KEY (event_number, rule_id)
) STRICT, WITHOUT ROWID;
"""

STEPS: tuple[str, ...] = (FIRST, SECOND, THIRD, FOURTH)
