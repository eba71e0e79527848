import AIBoxAPI
import Storage

/// How far a durable consumer of events has come, and which process does its work.
///
/// A consumer whose effects are rows moves on in the transaction that writes them: each event has its effect exactly
/// once. One whose effects lie elsewhere moves on after them: at least once.
struct EventConsumerRows: Sendable {
    let name: String

    /// The sequence of the last event that it has seen to; 0 for one that is new.
    func position(_ db: any SQLSession) throws -> Int64 {
        try db.value("SELECT sequence FROM event_consumers WHERE name = ?", [name]) ?? 0
    }

    /// Moves on to `sequence`, never back.
    func advance(to sequence: Int64, _ db: any SQLSession) throws {
        let advance = """
            INSERT INTO event_consumers (name, sequence, holder, leased_until) VALUES (?, ?, NULL, 0)
            ON CONFLICT (name) DO UPDATE SET sequence = excluded.sequence
            WHERE event_consumers.sequence < excluded.sequence
            """
        try db.execute(advance, [name, sequence])
    }

    /// Whether `holder` may do the work until `end`: nobody else has it at `now`. Clocks of the processes should agree
    /// to a second or so.
    func lease(to holder: UUIDv7, at now: Timestamp, until end: Timestamp, _ db: any SQLSession) throws -> Bool {
        let lease = """
            INSERT INTO event_consumers (name, sequence, holder, leased_until) VALUES (?, 0, ?, ?)
            ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, leased_until = excluded.leased_until
            WHERE event_consumers.holder = excluded.holder OR event_consumers.holder IS NULL
                OR event_consumers.leased_until <= ?
            """
        return try db.update(lease, [name, holder, end, now]) > 0
    }

    /// Whether `holder` has the lease beyond `time`.
    func isLeased(to holder: UUIDv7, until time: Timestamp, _ db: any SQLSession) throws -> Bool {
        let select = "SELECT 1 FROM event_consumers WHERE name = ? AND holder = ? AND leased_until > ?"
        return try db.exists(select, [name, holder, time])
    }

    /// Gives up the lease if `holder` has it, so that another process need not wait for its end.
    func release(_ holder: UUIDv7, _ db: any SQLSession) throws {
        let release = "UPDATE event_consumers SET holder = NULL, leased_until = 0 WHERE name = ? AND holder = ?"
        try db.execute(release, [name, holder])
    }
}
