import Storage

extension Migration {
    /// Events with their sequence, who has read how far, alerts, and webhooks with what is on its way to them.
    ///
    /// An event is written in the transaction of its cause (transactional outbox). `event_sequence` has one row; writes
    /// are serial, so what is counted there has no gaps.
    static let events = Migration(
        6, "events",
        [
            .both(
                """
                CREATE TABLE event_sequence (
                    id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
                    last INTEGER NOT NULL
                ) STRICT;
                INSERT INTO event_sequence VALUES (1, 0);
                CREATE TABLE events (
                    sequence INTEGER NOT NULL PRIMARY KEY,
                    id ID NOT NULL UNIQUE,
                    type TEXT NOT NULL,
                    occurred_at INTEGER NOT NULL,
                    subject TEXT,
                    data TEXT NOT NULL
                ) STRICT;
                CREATE TABLE event_consumers (
                    name TEXT NOT NULL PRIMARY KEY,
                    sequence INTEGER NOT NULL,
                    holder ID,
                    leased_until INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID;
                CREATE TABLE alerts (
                    id ID NOT NULL PRIMARY KEY,
                    kind TEXT NOT NULL,
                    severity TEXT NOT NULL,
                    subject TEXT,
                    message TEXT NOT NULL,
                    state TEXT NOT NULL,
                    raised_at INTEGER NOT NULL,
                    acknowledged_at INTEGER,
                    acknowledged_by TEXT,
                    resolved_at INTEGER
                ) STRICT;
                CREATE INDEX alerts_state ON alerts (state, id);
                CREATE INDEX alerts_kind ON alerts (kind, id);
                CREATE TABLE webhooks (
                    id ID NOT NULL PRIMARY KEY,
                    url TEXT NOT NULL,
                    events TEXT NOT NULL,
                    description TEXT NOT NULL,
                    secret TEXT NOT NULL,
                    active INTEGER NOT NULL,
                    disabled_reason TEXT,
                    since INTEGER NOT NULL,
                    created_at INTEGER NOT NULL,
                    updated_at INTEGER NOT NULL
                ) STRICT;
                CREATE TABLE webhook_deliveries (
                    id ID NOT NULL PRIMARY KEY,
                    webhook_id ID NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
                    event_id ID NOT NULL,
                    event_type TEXT NOT NULL,
                    sequence INTEGER NOT NULL,
                    body TEXT NOT NULL,
                    state TEXT NOT NULL,
                    attempts INTEGER NOT NULL,
                    created_at INTEGER NOT NULL,
                    next_attempt_at INTEGER,
                    last_attempt_at INTEGER,
                    last_status INTEGER,
                    last_error TEXT,
                    last_duration_ms REAL,
                    UNIQUE (webhook_id, sequence)
                ) STRICT;
                CREATE INDEX webhook_deliveries_list ON webhook_deliveries (webhook_id, id);
                CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, next_attempt_at, sequence)
                    WHERE next_attempt_at IS NOT NULL
                """)
        ])
}
