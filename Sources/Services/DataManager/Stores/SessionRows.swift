import AIBoxAPI
import ServiceClients
import Storage

extension StoredSession {
    /// Expired sessions that one login clears away at most, so that a login stays short.
    private static let sweepLimit = 100

    func insert(_ db: any SQLSession) throws {
        try Self.sweep(db)
        try db.execute(
            "INSERT INTO sessions (id, user_id, refresh_hash, expires_at) VALUES (?, ?, ?, ?)",
            [id, userID, refreshHash, expiresAt])
        try db.execute(
            "INSERT INTO refresh_tokens (hash, session_id) VALUES (?, ?)", [refreshHash, id])
    }

    static func find(_ id: UUIDv7, _ db: any SQLSession) throws -> StoredSession? {
        let select = "SELECT * FROM sessions WHERE id = ? AND expires_at > ?"
        return try db.row(select, [id, Timestamp.now]).map(StoredSession.init(row:))
    }

    static func delete(_ id: UUIDv7, _ db: any SQLSession) throws {
        try db.execute("DELETE FROM sessions WHERE id = ?", [id])
    }

    /// Returns the sessions that it deleted: all of the user but `kept`.
    static func deleteAll(ofUser user: UUIDv7, but kept: UUIDv7?, _ db: any SQLSession) throws -> [UUIDv7] {
        let delete = "DELETE FROM sessions WHERE user_id = ? AND id IS DISTINCT FROM ? RETURNING id"
        return try db.values(delete, [user, kept])
    }

    /// Exchanges the good token of a session for `successor`. A token that is known but no longer the good one is
    /// held by two parties: the session is closed for both.
    static func rotate(
        _ refreshHash: String, to successor: String, expiresAt: Timestamp, _ db: any SQLSession
    ) throws -> StoredSession? {
        let owner = "SELECT s.* FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id WHERE t.hash = ?"
        guard let row = try db.row(owner, [refreshHash]) else { return nil }
        var session = try StoredSession(row: row)
        guard session.refreshHash == refreshHash, session.expiresAt > .now else {
            try delete(session.id, db)
            return nil
        }
        session.refreshHash = successor
        session.expiresAt = expiresAt
        try session.update(db)
        return session
    }

    private func update(_ db: any SQLSession) throws {
        try db.execute(
            "UPDATE sessions SET refresh_hash = ?, expires_at = ? WHERE id = ?",
            [refreshHash, expiresAt, id])
        try db.execute(
            "INSERT INTO refresh_tokens (hash, session_id) VALUES (?, ?)", [refreshHash, id])
    }

    private static func sweep(_ db: any SQLSession) throws {
        let expired = "SELECT id FROM sessions WHERE expires_at <= ? LIMIT \(sweepLimit)"
        try db.execute("DELETE FROM sessions WHERE id IN (\(expired))", [Timestamp.now])
    }

    private init(row: SQLRow) throws {
        self.init(
            id: try row.get("id"), userID: try row.get("user_id"), refreshHash: try row.get("refresh_hash"),
            expiresAt: try row.get("expires_at"))
    }
}
