import AIBoxAPI
import ServiceClients
import Storage

extension StoredCredential {
    static func find(username: String, _ db: any SQLSession) throws -> StoredCredential? {
        guard let row = try db.row("SELECT * FROM users WHERE username = ?", [username]) else { return nil }
        return StoredCredential(user: try User(row: row), passwordHash: try row.get("password_hash"))
    }

    /// Inserts the user when there is none at all; returns whether it did.
    func insertAsFirst(_ db: any SQLSession) throws -> Bool {
        guard try !db.exists("SELECT 1 FROM users LIMIT 1") else { return false }
        try db.execute(
            """
            INSERT INTO users (id, username, role, email, full_name, must_change_password, created_at, password_hash)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                user.id, user.username, user.role.rawValue, user.email, user.fullName, user.mustChangePassword,
                user.createdAt, passwordHash,
            ])
        return true
    }

    /// - Throws: `Problem` 404 when there is no such user.
    static func setPassword(_ hash: String, mustChange: Bool, ofUser id: UUIDv7, _ db: any SQLSession) throws {
        let update = "UPDATE users SET password_hash = ?, must_change_password = ? WHERE id = ?"
        guard try db.update(update, [hash, mustChange, id]) > 0 else { throw Problem.notFound }
    }
}

extension User {
    static func find(_ id: UUIDv7, _ db: any SQLSession) throws -> User? {
        try db.row("SELECT * FROM users WHERE id = ?", [id]).map(User.init(row:))
    }

    fileprivate init(row: SQLRow) throws {
        guard let role = Role(rawValue: try row.get("role")) else {
            throw StorageError(.damaged, "unknown role of a user")
        }
        self.init(
            id: try row.get("id"), username: try row.get("username"), role: role, email: try row.get("email"),
            fullName: try row.get("full_name"),
            mustChangePassword: try row.get("must_change_password"), createdAt: try row.get("created_at"))
    }
}
