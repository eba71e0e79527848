import NIOCore
import Synchronization

@testable import Storage

/// A store before whose reads something happens once.
final class InterposedStore: BlobStore {
    private let store: any BlobStore
    private let countdown: Mutex<Int>
    private let event: @Sendable (any BlobStore) async throws -> Void

    /// - Parameter number: of the read, from 1, before which `event` happens.
    init(
        _ store: any BlobStore, beforeRead number: Int,
        _ event: @escaping @Sendable (any BlobStore) async throws -> Void
    ) {
        (self.store, self.event) = (store, event)
        countdown = Mutex(number)
    }

    func get(_ key: BlobKey, range: ByteRange?) async throws -> Blob {
        let isDue = countdown.withLock { count in
            count -= 1
            return count == 0
        }
        if isDue { try await event(store) }
        return try await store.get(key, range: range)
    }

    func put(_ key: BlobKey, _ content: BlobContent, replacing: Bool) async throws -> BlobDescription {
        try await store.put(key, content, replacing: replacing)
    }

    func head(_ key: BlobKey) async throws -> BlobDescription { try await store.head(key) }
    func delete(_ key: BlobKey) async throws { try await store.delete(key) }
    func list(prefix: String, after: BlobKey?, limit: Int) async throws -> [BlobEntry] {
        try await store.list(prefix: prefix, after: after, limit: limit)
    }
    func link(_ key: BlobKey, lifetime: Duration, contentType: String) throws -> String? { nil }
    func removeUnfinished(olderThan age: Duration) async throws -> Int { 0 }
    func check() async throws -> BlobSpace? { nil }
    func close() async { await store.close() }
}
