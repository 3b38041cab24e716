"""The tables of the bot's database, as the steps that lead to them.

A step that has been released never changes; a new shape is a new step at the end.
"""

INBOX = """
CREATE TABLE inbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    adapter TEXT NOT NULL,
    channel TEXT NOT NULL,
    message_id TEXT NOT NULL,
    sender_id TEXT NOT NULL,
    known INTEGER NOT NULL,
    message TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'taken', 'done')),
    handouts INTEGER NOT NULL DEFAULT 0,
    reply TEXT,
    received_at INTEGER NOT NULL,
    UNIQUE (adapter, channel, message_id)
) STRICT
"""

# Partial, so that looking for work costs the same among a million handled rows as among none.
INBOX_UNDONE = "CREATE INDEX inbox_undone ON inbox (adapter, sender_id) WHERE state <> 'done'"
INBOX_AGE = "CREATE INDEX inbox_age ON inbox (received_at) WHERE state = 'done'"

MOVE = """
CREATE TABLE move (
    adapter TEXT NOT NULL,
    old TEXT NOT NULL,
    new TEXT NOT NULL,
    PRIMARY KEY (adapter, old)
) STRICT
"""

# `offset`, `seq` and `digest` are the journal's cursor; the last event told of is also kept for
# the day on which the cursor fits the journal no more.
POSITION = """
CREATE TABLE position (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    offset INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    digest TEXT NOT NULL,
    last_seq INTEGER NOT NULL,
    last_at INTEGER NOT NULL
) STRICT
"""

# `seq` and `happened_at` together name an event even if the journal had to be begun again; a
# notice has no seq. `batch` is the row whose message tells this one too.
DELIVERY = """
CREATE TABLE delivery (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    destination TEXT NOT NULL,
    seq INTEGER,
    happened_at INTEGER NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'due'
        CHECK (state IN ('due', 'inflight', 'sent', 'dead', 'merged')),
    batch INTEGER REFERENCES delivery (id) ON DELETE SET NULL,
    created_at INTEGER NOT NULL,
    next_try_at INTEGER NOT NULL,
    obey INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    doubts INTEGER NOT NULL DEFAULT 0,
    problem TEXT,
    sentence TEXT,
    receipt_channel TEXT,
    receipt_thread TEXT,
    receipt_message TEXT,
    UNIQUE (destination, seq, happened_at)
) STRICT
"""

DELIVERY_OPEN = """
CREATE INDEX delivery_open ON delivery (destination, id) WHERE state IN ('due', 'inflight')
"""
DELIVERY_DEAD = "CREATE INDEX delivery_dead ON delivery (destination, id) WHERE state = 'dead'"
DELIVERY_AGE = """
CREATE INDEX delivery_age ON delivery (created_at) WHERE state NOT IN ('due', 'inflight')
"""
DELIVERY_BATCH = "CREATE INDEX delivery_batch ON delivery (batch) WHERE batch IS NOT NULL"

TROUBLE = """
CREATE TABLE trouble (
    destination TEXT PRIMARY KEY,
    problem TEXT NOT NULL,
    sentence TEXT NOT NULL,
    since INTEGER NOT NULL,
    next_try_at INTEGER NOT NULL
) STRICT
"""

# One row for each address and question; those of one question share `asked_at`. `seq` and
# `event_at` name the event whose state was asked about, if it was still the last one.
PROBE = """
CREATE TABLE probe (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    asked_at INTEGER NOT NULL,
    url TEXT NOT NULL,
    host TEXT NOT NULL,
    verdict TEXT NOT NULL,
    status INTEGER,
    expected INTEGER,
    seq INTEGER,
    event_at INTEGER
) STRICT
"""
PROBE_EVENT = "CREATE INDEX probe_event ON probe (seq, event_at) WHERE seq IS NOT NULL"
PROBE_AGE = "CREATE INDEX probe_age ON probe (asked_at)"

REMINDER = """
CREATE TABLE reminder (
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    told_at INTEGER NOT NULL,
    PRIMARY KEY (kind, subject)
) STRICT
"""

# `text` is what the card says; `destination` is the configured one, the rest where it really is.
CARD = """
CREATE TABLE card (
    destination TEXT PRIMARY KEY,
    channel TEXT NOT NULL,
    thread TEXT,
    message_id TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT
"""

# What is told late as well, however late: the treasurer's note.
DELIVERY_LASTING = "ALTER TABLE delivery ADD COLUMN lasting INTEGER NOT NULL DEFAULT 0"

# Up to when ended windows have their note; the first start writes it for all that ended before.
NOTED = """
CREATE TABLE noted (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    until INTEGER NOT NULL
) STRICT
"""

STEPS: tuple[tuple[str, ...], ...] = (
    (
        INBOX,
        INBOX_UNDONE,
        INBOX_AGE,
        MOVE,
        POSITION,
        DELIVERY,
        DELIVERY_OPEN,
        DELIVERY_DEAD,
        DELIVERY_AGE,
        DELIVERY_BATCH,
        TROUBLE,
    ),
    (PROBE, PROBE_EVENT, PROBE_AGE, REMINDER, CARD),
    (DELIVERY_LASTING, NOTED),
)
"""Step n leads from `user_version` n to n + 1."""
