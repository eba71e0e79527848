import AIBoxAPI
import Foundation
import Storage

/// What is on its way to webhooks.
///
/// A delivery whose time has come is claimed by moving its time into the future and counting the attempt; whoever has
/// claimed it writes down the outcome. Should that process end, the delivery comes up again when the claim is over.
/// So any number of processes may send, each delivery is with one of them, and none is lost.
extension WebhookDelivery {
    /// Of one webhook; with more than that it is switched off.
    static let waitingLimit = 10_000
    /// Claimed at a time, and sent one after the other.
    static let claimLimit = 8
    /// More than eight attempts take.
    static let claimTime = Duration.seconds(120)
    private static let consumer = EventConsumerRows(name: "webhooks")

    /// Whether there are events that webhooks have yet to be asked about.
    static func isBehind(_ db: any SQLSession) throws -> Bool {
        guard try db.exists("SELECT 1 FROM webhooks WHERE active = 1") else { return false }
        return try start(db) < EventRows.last(db)
    }

    /// Turns events into deliveries to the webhooks that want them, exactly once: the deliveries and how far it has come
    /// are one transaction. Returns whether there is more.
    ///
    /// - Parameter onPassedOver: told of events that cannot be read, and why.
    static func fanOut(
        limit: Int = 200, onPassedOver: (String) -> Void = { _ in }, _ db: any SQLSession
    ) throws -> Bool {
        let webhooks = try db.rows("SELECT id, events, since FROM webhooks WHERE active = 1").map { row in
            (
                id: try row.get("id", as: UUIDv7.self), types: try JSONColumn.value(row.get("events")) as [EventType],
                since: try row.get("since", as: Int64.self)
            )
        }
        let start = try start(db)
        let (batch, passedOver) = try EventRows.page(after: start, limit: limit, db)
        guard !webhooks.isEmpty, batch.next > start else { return false }
        passedOver.forEach(onPassedOver)
        for event in batch.events {
            let body = try JSONColumn.text(event, field: "event")
            for webhook in webhooks where event.sequence ?? 0 > webhook.since {
                guard webhook.types.isEmpty || webhook.types.contains(where: { $0.rawValue == event.type })
                else { continue }
                try insert(event, body, webhook: webhook.id, db)
            }
        }
        try consumer.advance(to: batch.next, db)
        for webhook in webhooks { try disableIfFarBehind(webhook.id, db) }
        return try batch.next < EventRows.last(db)
    }

    /// Where webhooks go on: events from before all of them need not be looked at.
    private static func start(_ db: any SQLSession) throws -> Int64 {
        let since: Int64? = try db.value("SELECT min(since) FROM webhooks WHERE active = 1")
        return try max(consumer.position(db), since ?? 0)
    }

    private static func insert(_ event: Event, _ body: String, webhook: UUIDv7, _ db: any SQLSession) throws {
        let insert = """
            INSERT INTO webhook_deliveries (id, webhook_id, event_id, event_type, sequence, body, state, attempts,
                created_at, next_attempt_at)
            VALUES (?, ?, ?, ?, ?, ?, 'pending', 0, ?, ?) ON CONFLICT (webhook_id, sequence) DO NOTHING
            """
        let now = Timestamp.now
        try db.execute(
            insert, [UUIDv7(), webhook, event.id, event.type, event.sequence, body, now, event.time])
    }

    private static func disableIfFarBehind(_ webhook: UUIDv7, _ db: any SQLSession) throws {
        let waiting = "SELECT count(*) FROM webhook_deliveries WHERE webhook_id = ? AND next_attempt_at IS NOT NULL"
        guard try db.value(waiting, [webhook]) ?? 0 > waitingLimit else { return }
        try Webhook.disable(webhook, reason: "more than \(waitingLimit) events waited for its receiver", db)
    }

    /// Webhooks with something to be sent at `now`.
    static func due(at now: Timestamp, _ db: any SQLSession) throws -> [UUIDv7] {
        let due = """
            SELECT id FROM webhooks WHERE EXISTS (
                SELECT 1 FROM webhook_deliveries WHERE webhook_id = webhooks.id AND next_attempt_at <= ?)
            """
        return try db.values(due, [now])
    }

    /// Takes what is due for one webhook, in order of its time.
    static func claim(
        webhook: UUIDv7, at now: Timestamp, _ db: any SQLSession
    ) throws -> [(delivery: WebhookDelivery, body: String)] {
        let due = """
            SELECT * FROM webhook_deliveries WHERE webhook_id = ? AND next_attempt_at <= ?
            ORDER BY next_attempt_at, sequence LIMIT ?
            """
        return try db.rows(due, [webhook, now, claimLimit]).map { row in
            var delivery = try WebhookDelivery(row: row)
            delivery.attempts += 1
            (delivery.lastAttemptAt, delivery.nextAttemptAt) = (now, now.advanced(by: claimTime))
            let claim = """
                UPDATE webhook_deliveries SET attempts = ?, last_attempt_at = ?, next_attempt_at = ? WHERE id = ?
                """
            try db.execute(claim, [delivery.attempts, now, delivery.nextAttemptAt, delivery.id])
            return (delivery, try row.get("body"))
        }
    }

    /// Lets go of what was claimed and not tried.
    func release(at now: Timestamp, _ db: any SQLSession) throws {
        let release = """
            UPDATE webhook_deliveries SET attempts = attempts - 1, next_attempt_at = ? WHERE id = ? AND attempts = ?
            """
        try db.execute(release, [now, id, attempts])
    }

    /// Writes down what came of an attempt, and what follows from it.
    func record(_ outcome: WebhookOutcome, at now: Timestamp, _ db: any SQLSession) throws {
        let pause =
            outcome.isSuccess || outcome.isGone
            ? nil : RetrySchedule.pause(after: attempts, wish: outcome.retryAfter)
        let state: State = outcome.isSuccess ? .succeeded : pause == nil ? .dead : .failed
        // Not when another process has claimed it meanwhile, or the user wants it again or not at all.
        let update = """
            UPDATE webhook_deliveries SET state = ?, next_attempt_at = ?, last_status = ?, last_error = ?,
                last_duration_ms = ?
            WHERE id = ? AND attempts = ? AND next_attempt_at IS NOT NULL
            """
        let changed = try db.update(
            update,
            [
                state.rawValue, pause.map(now.advanced), outcome.status, outcome.reason, outcome.durationMS, id,
                attempts,
            ])
        guard changed > 0 else { return }
        if outcome.isGone {
            try Webhook.disable(webhookID, reason: "its receiver answered 410 Gone", db)
        } else if state == .dead {
            try SystemAlert(
                kind: .deliveryDead, severity: .warning, subject: webhookID.description,
                message: "An event could not be delivered in \(attempts) attempts: \(outcome.reason ?? "")."
            ).raise(db)
        }
    }

    /// Newest first; `before` is the last one of the page before.
    static func page(
        _ query: WebhookDeliveryQuery, ofWebhook webhook: UUIDv7, before: UUIDv7?, _ db: any SQLSession
    ) throws -> Page<WebhookDelivery> {
        var filter = RowFilter()
        filter.add("webhook_id = ?", webhook)
        filter.add("state = ?", query.state?.rawValue)
        return try filter.page(
            of: "webhook_deliveries", before: before, limit: query.limit, db, WebhookDelivery.init(row:), id: \.id)
    }

    /// - Throws: `Problem` 409 when the webhook is switched off.
    static func replay(
        _ id: UUIDv7, ofWebhook webhook: UUIDv7, _ db: any SQLSession
    ) throws -> WebhookDelivery? {
        let select = "SELECT * FROM webhook_deliveries WHERE id = ? AND webhook_id = ?"
        guard var delivery = try db.row(select, [id, webhook]).map(WebhookDelivery.init(row:)) else { return nil }
        guard try Webhook.find(webhook, db)?.isActive == true else {
            throw Problem(409, "Conflict", detail: "The webhook is switched off.")
        }
        (delivery.state, delivery.attempts, delivery.nextAttemptAt) = (.pending, 0, .now)
        let update = "UPDATE webhook_deliveries SET state = ?, attempts = 0, next_attempt_at = ? WHERE id = ?"
        try db.execute(update, [delivery.state.rawValue, delivery.nextAttemptAt, id])
        return delivery
    }

    /// Deletes old ones that are over; returns how many.
    static func purge(before time: Timestamp, limit: Int = 1000, _ db: any SQLSession) throws -> Int {
        let old = """
            SELECT id FROM webhook_deliveries WHERE next_attempt_at IS NULL AND created_at < ? ORDER BY id LIMIT ?
            """
        return try db.update("DELETE FROM webhook_deliveries WHERE id IN (\(old))", [time, limit])
    }

    fileprivate init(row: SQLRow) throws {
        guard let state = State(rawValue: try row.get("state")) else {
            throw StorageError(.damaged, "unknown state of a delivery")
        }
        self.init(
            id: try row.get("id"), webhookID: try row.get("webhook_id"), eventID: try row.get("event_id"),
            eventType: try row.get("event_type"), sequence: try row.get("sequence"), state: state,
            attempts: try row.get("attempts"), createdAt: try row.get("created_at"),
            nextAttemptAt: try row.get("next_attempt_at"), lastAttemptAt: try row.get("last_attempt_at"),
            lastStatus: try row.get("last_status"), lastError: try row.get("last_error"),
            lastDurationMS: try row.get("last_duration_ms"))
    }
}
