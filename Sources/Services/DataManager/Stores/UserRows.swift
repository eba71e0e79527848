import AIBoxAPI
import GRDB
import ServiceClients

extension StoredCredential {
    static func find(username: String, _ db: Database) throws -> StoredCredential? {
        let select = try db.cachedStatement(sql: "SELECT * FROM users WHERE username = ?")
        guard let row = try Row.fetchOne(select, arguments: [username]) else { return nil }
        return StoredCredential(user: try User(row: row), passwordHash: row["password_hash"])
    }

    /// Inserts the user when there is none at all; returns whether it did.
    func insertAsFirst(_ db: Database) throws -> Bool {
        guard try Int.fetchOne(db, sql: "SELECT 1 FROM users LIMIT 1") == nil else { return false }
        try db.execute(
            sql: """
                INSERT INTO users (id, username, role, email, full_name, must_change_password, created_at, password_hash)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                user.id, user.username, user.role.rawValue, user.email, user.fullName, user.mustChangePassword,
                user.createdAt, passwordHash,
            ])
        return true
    }

    /// - Throws: `Problem` 404 when there is no such user.
    static func setPassword(_ hash: String, mustChange: Bool, ofUser id: UUIDv7, _ db: Database) throws {
        try db.execute(
            sql: "UPDATE users SET password_hash = ?, must_change_password = ? WHERE id = ?",
            arguments: [hash, mustChange, id])
        guard db.changesCount > 0 else { throw Problem.notFound }
    }
}

extension User {
    static func find(_ id: UUIDv7, _ db: Database) throws -> User? {
        let select = try db.cachedStatement(sql: "SELECT * FROM users WHERE id = ?")
        return try Row.fetchOne(select, arguments: [id]).map(User.init(row:))
    }

    fileprivate init(row: Row) throws {
        guard let role = Role(rawValue: row["role"]) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "unknown role of a user")
        }
        self.init(
            id: row["id"], username: row["username"], role: role, email: row["email"], fullName: row["full_name"],
            mustChangePassword: row["must_change_password"], createdAt: row["created_at"])
    }
}
