import AIBoxAPI
import Logging
import NIOCore
import Storage

/// Whose pictures and files a store of blobs has: those of one database, which has noted its identifier there. Another
/// one's scrub would take them for nobody's.
enum BlobOwner {
    static var key: BlobKey { get throws { try BlobKey("owner") } }

    /// Notes the database in a store that has no owner yet.
    ///
    /// - Returns: whether the store is this database's.
    static func claim(_ store: any BlobStore, _ database: any SQLDatabase) async throws -> Bool {
        let owner = try await identifier(of: database)
        do {
            _ = try await store.put(try key, BlobContent(ByteBuffer(string: "\(owner)\n")))
            return true
        } catch let error as StorageError where error.code == .conflict {
            return false
        }
    }

    /// Refuses a store of another database's. One that is away is not waited for: the scrub asks again.
    static func check(
        _ store: any BlobStore, _ database: any SQLDatabase, _ logger: Logger
    ) async throws(DataManagerError) {
        do {
            if try await claim(store, database) { return }
        } catch {
            return logger.warning("the store of blobs cannot be written", metadata: ["error": "\(error)"])
        }
        throw DataManagerError(
            code: .folder, message: "The store of pictures and files holds those of another database",
            remedy: "Give this one a bucket or prefix of its own (s3_url) or another --data-dir, or use that database")
    }

    private static func identifier(of database: any SQLDatabase) async throws -> UUIDv7 {
        let select = "SELECT id FROM blob_owner"
        if let id = try await database.read({ try $0.value(select, as: UUIDv7.self) }) { return id }
        return try await database.write { db in
            let insert = "INSERT INTO blob_owner (slot, id) VALUES (1, ?) ON CONFLICT (slot) DO NOTHING"
            try db.execute(insert, [UUIDv7()])
            guard let id = try db.value(select, as: UUIDv7.self) else {
                throw StorageError(.damaged, "the identifier of the database is missing")
            }
            return id
        }
    }
}
