import AIBoxAPI
import Storage

extension Webhook {
    static let countLimit = 100

    /// Does nothing when the webhook is there already: the caller has repeated a call whose answer was lost.
    ///
    /// - Throws: `Problem` 409 when there are too many.
    func insert(_ db: any SQLSession) throws {
        guard try Self.find(id, db) == nil else { return }
        let count: Int = try db.value("SELECT count(*) FROM webhooks") ?? 0
        guard count < Self.countLimit else {
            throw Problem(409, "Conflict", detail: "There are \(Self.countLimit) webhooks; delete one first.")
        }
        let insert = """
            INSERT INTO webhooks (id, url, events, description, secret, active, since, created_at, updated_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        try db.execute(
            insert,
            [
                id, url, try JSONColumn.text(events, field: "events"), description, secret, isActive,
                try EventRows.last(db), createdAt, updatedAt,
            ])
    }

    static func find(_ id: UUIDv7, _ db: any SQLSession) throws -> Webhook? {
        try db.row("SELECT * FROM webhooks WHERE id = ?", [id]).map(Webhook.init(row:))
    }

    /// Newest first; `before` is the last one of the page before.
    static func page(_ query: WebhookQuery, before: UUIDv7?, _ db: any SQLSession) throws -> Page<Webhook> {
        try RowFilter().page(
            of: "webhooks", before: before, limit: query.limit, db, Webhook.init(row:), id: \.id)
    }

    /// One that is switched on again gets what happens from then on; what was on its way when it was switched off is
    /// given up.
    static func update(_ id: UUIDv7, _ change: WebhookChange, _ db: any SQLSession) throws -> Webhook? {
        guard var webhook = try find(id, db) else { return nil }
        let wasActive = webhook.isActive
        webhook.url = change.url ?? webhook.url
        webhook.events = change.events ?? webhook.events
        webhook.description = change.description ?? webhook.description
        webhook.isActive = change.isActive ?? wasActive
        webhook.updatedAt = .now
        let update = "UPDATE webhooks SET url = ?, events = ?, description = ?, updated_at = ? WHERE id = ?"
        try db.execute(
            update,
            [
                webhook.url, try JSONColumn.text(webhook.events, field: "events"), webhook.description,
                webhook.updatedAt,
                id,
            ])
        if let secret = change.secret { try db.execute("UPDATE webhooks SET secret = ? WHERE id = ?", [secret, id]) }
        if wasActive, !webhook.isActive { try disable(id, reason: nil, db) }
        if !wasActive, webhook.isActive {
            webhook.disabledReason = nil
            try db.execute(
                "UPDATE webhooks SET active = 1, disabled_reason = NULL, since = ? WHERE id = ?",
                [try EventRows.last(db), id])
        }
        return webhook
    }

    /// Whether there was such a webhook.
    static func delete(_ id: UUIDv7, _ db: any SQLSession) throws -> Bool {
        try db.update("DELETE FROM webhooks WHERE id = ?", [id]) > 0
    }

    /// Switches a webhook off and gives up what is on its way.
    /// - Parameter reason: `nil`: a user wants it so; else an alert is raised too.
    static func disable(_ id: UUIDv7, reason: String?, _ db: any SQLSession) throws {
        try db.execute("UPDATE webhooks SET active = 0, disabled_reason = ? WHERE id = ?", [reason, id])
        let giveUp = """
            UPDATE webhook_deliveries SET state = 'dead', next_attempt_at = NULL,
                last_error = coalesce(last_error, 'the webhook was switched off')
            WHERE webhook_id = ? AND next_attempt_at IS NOT NULL
            """
        try db.execute(giveUp, [id])
        guard let reason else { return }
        try SystemAlert(
            kind: .webhookDisabled, severity: .warning, subject: id.description,
            message: "The webhook was switched off: \(reason)."
        ).raise(db)
    }

    fileprivate init(row: SQLRow) throws {
        self.init(
            id: try row.get("id"), url: try row.get("url"), events: try JSONColumn.value(row.get("events")),
            description: try row.get("description"), isActive: try row.get("active"),
            disabledReason: try row.get("disabled_reason"), createdAt: try row.get("created_at"),
            updatedAt: try row.get("updated_at"))
    }
}

/// A webhook as whoever sends to it needs it, with its secret.
struct WebhookTarget: Sendable {
    let id: UUIDv7
    let url: String
    let secret: String

    static func find(_ id: UUIDv7, _ db: any SQLSession) throws -> WebhookTarget? {
        try db.row("SELECT id, url, secret FROM webhooks WHERE id = ?", [id]).map {
            WebhookTarget(id: try $0.get("id"), url: try $0.get("url"), secret: try $0.get("secret"))
        }
    }
}
