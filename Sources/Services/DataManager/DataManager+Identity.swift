import AIBoxAPI
import ServiceClients

extension DataManager {
    public func credential(username: String) async throws -> StoredCredential? {
        guard !FieldRules.hasControlCharacters(username) else { return nil }
        return try await read { try StoredCredential.find(username: username, $0) }
    }

    public func user(_ id: UUIDv7) async throws -> User? {
        try await read { try User.find(id, $0) }
    }

    public func createFirstUser(_ credential: StoredCredential) async throws -> Bool {
        try FieldRules.check(credential.user)
        return try await write { try credential.insertAsFirst($0) }
    }

    public func setPassword(
        _ passwordHash: String, mustChange: Bool, ofUser id: UUIDv7, keeping session: UUIDv7?
    ) async throws -> [UUIDv7] {
        try await write { db in
            try StoredCredential.setPassword(passwordHash, mustChange: mustChange, ofUser: id, db)
            return try StoredSession.deleteAll(ofUser: id, but: session, db)
        }
    }

    public func openSession(_ session: StoredSession) async throws {
        try await write { try session.insert($0) }
    }

    public func rotateSession(
        refreshHash: String, successorHash: String, expiresAt: Timestamp
    ) async throws -> StoredSession? {
        try await write {
            try StoredSession.rotate(refreshHash, to: successorHash, expiresAt: expiresAt, $0)
        }
    }

    public func closeSession(_ id: UUIDv7) async throws {
        try await write { try StoredSession.delete(id, $0) }
    }

    public func session(_ id: UUIDv7) async throws -> StoredSession? {
        try await read { try StoredSession.find(id, $0) }
    }
}
