import AIBoxAPI
import Foundation
import Storage

/// The stream of events as it is stored.
///
/// Sequences are given out by the transaction that writes the event, from a row that it changes too. Writes are serial,
/// and a write that fails takes its change of that row back: what is committed is numbered without a gap, in the order
/// in which it was committed.
enum EventRows {
    /// How many events are kept, and for how long.
    static let countLimit: Int64 = 1_000_000
    static let ageLimit = Duration.seconds(30 * 86_400)

    /// Writes an event together with its cause. The only way to write one.
    static func append(_ data: some EventData, _ db: any SQLSession) throws {
        try append(NewEvent(data), db)
    }

    /// As above; does nothing when there is an event with that identifier. Neither statement waits for a result.
    static func append(_ event: NewEvent, _ db: any SQLSession) throws {
        try db.execute(
            insert, [event.id, event.type.rawValue, event.time, event.subject, event.data])
        try db.execute(count)
    }

    private static let insert = """
        INSERT INTO events (sequence, id, type, occurred_at, subject, data)
        VALUES ((SELECT last + 1 FROM event_sequence), ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
        """

    private static let count = """
        UPDATE event_sequence SET last = coalesce((SELECT max(sequence) FROM events), last)
        """

    /// The sequence of the last event that there has ever been; 0 before the first.
    static func last(_ db: any SQLSession) throws -> Int64 {
        try db.value("SELECT last FROM event_sequence") ?? 0
    }

    /// Every event after `sequence`, in order, for as long as they can be read.
    static func after(_ sequence: Int64, limit: Int, _ db: any SQLSession) throws -> [Event] {
        try page(after: sequence, limit: limit, db).batch.events
    }

    /// A piece of the stream as a reader gets it.
    ///
    /// - Parameter after: `nil`: nothing, and where the stream ends now.
    static func batch(after: Int64?, limit: Int, _ db: any SQLSession) throws -> EventBatch {
        try page(after: after, limit: limit, db).batch
    }

    /// As `batch`, with those that were passed over and why. A row that another program has written, or damaged, would
    /// stop every reader for ever: it stays where it is and counts as one that is no longer kept. A batch ends before
    /// the next such row.
    static func page(
        after: Int64?, limit: Int, _ db: any SQLSession
    ) throws -> (batch: EventBatch, passedOver: [String]) {
        let last = try last(db)
        guard let after else { return (EventBatch(events: [], next: last), []) }
        // A reader of a database that has since been replaced by an older copy.
        guard (0...last).contains(after) else { return (EventBatch(events: [], next: last, hasGap: true), []) }
        let select = "SELECT * FROM events WHERE sequence > ? ORDER BY sequence LIMIT ?"
        var (end, events, passedOver): (Int64?, [Event], [String]) = (nil, [], [])
        for row in try db.rows(select, [after, limit]) {
            let sequence: Int64 = try row.get("sequence")
            do {
                events.append(try Event(row: row))
            } catch {
                guard events.isEmpty else { break }
                passedOver.append("event \(sequence): \(error)")
            }
            end = sequence
        }
        let first = events.first?.sequence ?? (end ?? last) + 1
        return (EventBatch(events: events, next: end ?? last, hasGap: first > after + 1), passedOver)
    }

    /// Deletes events that are too old or too many, at most `limit` of them; returns how many.
    static func purge(
        before time: Timestamp, keeping count: Int64 = countLimit, limit: Int = 1000, _ db: any SQLSession
    ) throws -> Int {
        let surplus = try last(db) - count
        let select = "SELECT sequence, occurred_at FROM events ORDER BY sequence LIMIT ?"
        let end = try db.rows(select, [limit]).prefix { row in
            let (sequence, occurredAt): (Int64, Timestamp) = (try row.get("sequence"), try row.get("occurred_at"))
            return sequence <= surplus || occurredAt < time
        }.last?.get("sequence", as: Int64.self)
        guard let end else { return 0 }
        return try db.update("DELETE FROM events WHERE sequence <= ?", [end])
    }
}

extension Event {
    init(row: SQLRow) throws {
        guard let type = EventType(rawValue: try row.get("type")) else {
            throw StorageError(.damaged, "unknown type of an event")
        }
        self.init(
            id: try row.get("id"), type: type, time: try row.get("occurred_at"), subject: try row.get("subject"),
            sequence: try row.get("sequence"), data: try JSONColumn.value(row.get("data")))
    }
}
