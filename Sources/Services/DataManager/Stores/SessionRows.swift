import AIBoxAPI
import GRDB
import ServiceClients

extension StoredSession {
    /// Expired sessions that one login clears away at most, so that a login stays short.
    private static let sweepLimit = 100

    func insert(_ db: Database) throws {
        try Self.sweep(db)
        try db.execute(
            sql: "INSERT INTO sessions (id, user_id, refresh_hash, expires_at) VALUES (?, ?, ?, ?)",
            arguments: [id, userID, refreshHash, expiresAt])
        try db.execute(
            sql: "INSERT INTO refresh_tokens (hash, session_id) VALUES (?, ?)", arguments: [refreshHash, id])
    }

    static func find(_ id: UUIDv7, _ db: Database) throws -> StoredSession? {
        let select = try db.cachedStatement(sql: "SELECT * FROM sessions WHERE id = ? AND expires_at > ?")
        return try Row.fetchOne(select, arguments: [id, Timestamp.now]).map(StoredSession.init(row:))
    }

    static func delete(_ id: UUIDv7, _ db: Database) throws {
        try db.execute(sql: "DELETE FROM sessions WHERE id = ?", arguments: [id])
    }

    /// Returns the sessions that it deleted: all of the user but `kept`.
    static func deleteAll(ofUser user: UUIDv7, but kept: UUIDv7?, _ db: Database) throws -> [UUIDv7] {
        let delete = "DELETE FROM sessions WHERE user_id = ? AND id IS NOT ? RETURNING id"
        return try UUIDv7.fetchAll(db, sql: delete, arguments: [user, kept])
    }

    /// Exchanges the good token of a session for `successor`. A token that is known but no longer the good one is
    /// held by two parties: the session is closed for both.
    static func rotate(
        _ refreshHash: String, to successor: String, expiresAt: Timestamp, _ db: Database
    ) throws -> StoredSession? {
        let owner = "SELECT s.* FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id WHERE t.hash = ?"
        guard let row = try Row.fetchOne(db, sql: owner, arguments: [refreshHash]) else { return nil }
        var session = StoredSession(row: row)
        guard session.refreshHash == refreshHash, session.expiresAt > .now else {
            try delete(session.id, db)
            return nil
        }
        session.refreshHash = successor
        session.expiresAt = expiresAt
        try session.update(db)
        return session
    }

    private func update(_ db: Database) throws {
        try db.execute(
            sql: "UPDATE sessions SET refresh_hash = ?, expires_at = ? WHERE id = ?",
            arguments: [refreshHash, expiresAt, id])
        try db.execute(
            sql: "INSERT INTO refresh_tokens (hash, session_id) VALUES (?, ?)", arguments: [refreshHash, id])
    }

    private static func sweep(_ db: Database) throws {
        let expired = "SELECT id FROM sessions WHERE expires_at <= ? LIMIT \(sweepLimit)"
        try db.execute(sql: "DELETE FROM sessions WHERE id IN (\(expired))", arguments: [Timestamp.now])
    }

    private init(row: Row) {
        self.init(id: row["id"], userID: row["user_id"], refreshHash: row["refresh_hash"], expiresAt: row["expires_at"])
    }
}
