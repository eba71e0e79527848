import NIOCore
import Storage
import Synchronization

/// A store whose first put is done, and whose caller is told that it may be.
final class ForgetfulStore: BlobStore {
    private let store: any BlobStore
    private let hasForgotten = Mutex(false)

    init(_ store: any BlobStore) { self.store = store }

    func put(_ key: BlobKey, _ content: BlobContent, replacing: Bool) async throws -> BlobDescription {
        let description = try await store.put(key, content, replacing: replacing)
        let isForgotten = hasForgotten.withLock { hasForgotten in
            defer { hasForgotten = hasForgotten || key.description.hasPrefix("pictures/") }
            return !hasForgotten && key.description.hasPrefix("pictures/")
        }
        if isForgotten { throw StorageError(.outcomeUnknown, "the connection broke") }
        return description
    }

    func get(_ key: BlobKey, range: ByteRange?) async throws -> Blob { try await store.get(key, range: range) }
    func head(_ key: BlobKey) async throws -> BlobDescription { try await store.head(key) }
    func delete(_ key: BlobKey) async throws { try await store.delete(key) }
    func list(prefix: String, after: BlobKey?, limit: Int) async throws -> [BlobEntry] {
        try await store.list(prefix: prefix, after: after, limit: limit)
    }
    func link(_ key: BlobKey, lifetime: Duration, contentType: String) throws -> String? { nil }
    func removeUnfinished(olderThan age: Duration) async throws -> Int {
        try await store.removeUnfinished(olderThan: age)
    }
    func check() async throws -> BlobSpace? { try await store.check() }
    func close() async { await store.close() }
}
