import AIBoxAPI
import Storage

extension SystemAlert.Kind {
    /// Whether it tells of something that lasts until it is resolved, rather than of something that has happened.
    fileprivate var isCondition: Bool {
        switch self {
        case .diskLow, .relayFailed: true
        case .databaseFailed, .deliveryDead, .webhookDisabled, .jobFailed, .blobDamaged: false
        }
    }
}

extension SystemAlert {
    /// Adds the alert with its event, unless one of the same kind and subject is open; one that lasts may have been
    /// acknowledged meanwhile. Returns whether it did.
    @discardableResult
    func raise(_ db: any SQLSession) throws -> Bool {
        let states = kind.isCondition ? "('open', 'acknowledged')" : "('open')"
        let alike = "SELECT 1 FROM alerts WHERE kind = ? AND subject IS NOT DISTINCT FROM ? AND state IN \(states)"
        guard try !db.exists(alike, [kind.rawValue, subject]) else { return false }
        let insert = """
            INSERT INTO alerts (id, kind, severity, subject, message, state, raised_at) VALUES (?, ?, ?, ?, ?, ?, ?)
            """
        try db.execute(insert, [id, kind.rawValue, severity.rawValue, subject, message, state.rawValue, raisedAt])
        try EventRows.append(SystemAlertTriggered(self), db)
        return true
    }

    /// Closes the alerts of a cause that is gone.
    static func resolve(_ kind: Kind, subject: String? = nil, _ db: any SQLSession) throws {
        let update = """
            UPDATE alerts SET state = 'resolved', resolved_at = ?
            WHERE kind = ? AND subject IS NOT DISTINCT FROM ? AND state <> 'resolved'
            """
        try db.execute(update, [Timestamp.now, kind.rawValue, subject])
    }

    static func isUnresolved(_ kind: Kind, _ db: any SQLSession) throws -> Bool {
        try db.exists("SELECT 1 FROM alerts WHERE kind = ? AND state <> 'resolved'", [kind.rawValue])
    }

    static func find(_ id: UUIDv7, _ db: any SQLSession) throws -> SystemAlert? {
        try db.row("SELECT * FROM alerts WHERE id = ?", [id]).map(SystemAlert.init(row:))
    }

    /// Newest first; `before` is the last one of the page before.
    static func page(
        _ query: SystemAlertQuery, before: UUIDv7?, _ db: any SQLSession
    ) throws -> Page<SystemAlert> {
        var filter = RowFilter()
        filter.add("state = ?", query.state?.rawValue)
        return try filter.page(
            of: "alerts", before: before, limit: query.limit, db, SystemAlert.init(row:), id: \.id)
    }

    /// Only an open one changes.
    static func acknowledge(_ id: UUIDv7, by username: String, _ db: any SQLSession) throws -> SystemAlert? {
        guard var alert = try find(id, db) else { return nil }
        guard alert.state == .open else { return alert }
        (alert.state, alert.acknowledgedAt, alert.acknowledgedBy) = (.acknowledged, .now, username)
        try db.execute(
            "UPDATE alerts SET state = ?, acknowledged_at = ?, acknowledged_by = ? WHERE id = ?",
            [alert.state.rawValue, alert.acknowledgedAt, username, id])
        try EventRows.append(SystemAlertAcknowledged(alert: id, kind: alert.kind, by: username), db)
        return alert
    }

    /// Deletes closed ones that nobody looks at any more; returns how many.
    static func purge(before time: Timestamp, limit: Int = 1000, _ db: any SQLSession) throws -> Int {
        let old = "SELECT id FROM alerts WHERE state <> 'open' AND raised_at < ? ORDER BY id LIMIT ?"
        return try db.update("DELETE FROM alerts WHERE id IN (\(old))", [time, limit])
    }

    private init(row: SQLRow) throws {
        guard let kind = Kind(rawValue: try row.get("kind")), let state = State(rawValue: try row.get("state")),
            let severity = Severity(rawValue: try row.get("severity"))
        else { throw StorageError(.damaged, "unknown kind, state or severity of an alert") }
        self.init(
            id: try row.get("id"), kind: kind, severity: severity, subject: try row.get("subject"),
            message: try row.get("message"), state: state, raisedAt: try row.get("raised_at"),
            acknowledgedAt: try row.get("acknowledged_at"), acknowledgedBy: try row.get("acknowledged_by"),
            resolvedAt: try row.get("resolved_at"))
    }
}
