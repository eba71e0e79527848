import AIBoxAPI
import NIOPosix
import Synchronization

/// Documents in MongoDB (4.4 or newer), through libmongoc: a collection of it for each of ours, and `_id` the identifier
/// as a UUID.
///
/// What is answered as stored is in the journals of a majority of members. Every call runs on a thread of the store and
/// ends in bounded time; what waits for a thread is bounded in number and time.
public final class MongoDocumentStore: DocumentStore {
    public struct Configuration: Sendable {
        /// `mongodb://user:password@host:port/database?tls=true&tlsCAFile=…`, with the options of libmongoc.
        public var url: String
        /// Calls that run at the same time, each with a connection.
        public var threads = 4
        /// Calls that wait for a thread; more are refused as busy.
        public var waitingLimit = 256
        /// How long a call may wait for a thread.
        public var waitingTime = Duration.seconds(5)

        public init(url: String) { self.url = url }
    }

    /// `nil` when the store is closed.
    private let pool: Mutex<MongoClientPool?>
    private let threads: NIOThreadPool
    private let configuration: Configuration
    private let pending = Atomic<Int>(0)

    /// Loads libmongoc, and connects when it is first used. Close it before it is let go.
    ///
    /// - Throws: `StorageError`, `.invalid` for the URL, `.unavailable` when libmongoc is not installed.
    public init(_ configuration: Configuration) throws(StorageError) {
        self.configuration = configuration
        pool = Mutex(try MongoClientPool(url: configuration.url, clients: configuration.threads, library: .shared()))
        threads = NIOThreadPool(numberOfThreads: configuration.threads)
        threads.start()
    }

    public func put(_ document: Document, id: UUIDv7, in collection: DocumentCollection) async throws {
        try await run { (client) throws(StorageError) in try client.put(document, id: id, in: collection) }
    }

    public func get(_ ids: [UUIDv7], in collection: DocumentCollection) async throws -> [UUIDv7: Document] {
        try DocumentLimits.check(identifiers: ids)
        if ids.isEmpty { return [:] }
        let found = try await run { (client) throws(StorageError) in
            try client.find(MongoQuery.selector(ids), in: collection, limit: ids.count)
        }
        return Dictionary(found.map { ($0.id, $0.document) }, uniquingKeysWith: { first, _ in first })
    }

    public func delete(_ ids: [UUIDv7], in collection: DocumentCollection) async throws {
        try DocumentLimits.check(identifiers: ids)
        try await delete(MongoQuery.selector(ids), unlessEmpty: ids, in: collection)
    }

    /// Removes those of `ids` that were last put before `time`, by the clock of who put them. One that is put again
    /// meanwhile stays.
    ///
    /// - Throws: as `delete(_:in:)`.
    public func delete(
        _ ids: [UUIDv7], putBefore time: Timestamp, in collection: DocumentCollection
    ) async throws {
        try DocumentLimits.check(identifiers: ids)
        try await delete(MongoQuery.selector(ids, putBefore: time), unlessEmpty: ids, in: collection)
    }

    private func delete(
        _ selector: JSONValue, unlessEmpty ids: [UUIDv7], in collection: DocumentCollection
    ) async throws {
        if ids.isEmpty { return }
        try await run { (client) throws(StorageError) in try client.delete(selector, in: collection) }
    }

    public func find(
        _ filter: DocumentFilter, in collection: DocumentCollection, after id: UUIDv7?, limit: Int
    ) async throws -> [UUIDv7] {
        try DocumentLimits.check(limit: limit)
        let query = MongoQuery.filter(filter, after: id)
        return try await run { (client) throws(StorageError) in
            try client.findIdentifiers(query, in: collection, limit: limit)
        }
    }

    public func matches(
        of filter: DocumentFilter, among ids: [UUIDv7], in collection: DocumentCollection
    ) async throws -> Set<UUIDv7> {
        try DocumentLimits.check(identifiers: ids, limit: DocumentLimits.page)
        if ids.isEmpty { return [] }
        let query = MongoQuery.filter(filter, among: ids)
        return Set(
            try await run { (client) throws(StorageError) in
                try client.findIdentifiers(query, in: collection, limit: ids.count)
            })
    }

    public func ensureIndex(on path: DocumentPath, in collection: DocumentCollection) async throws {
        try await run { (client) throws(StorageError) in try client.makeIndex(on: path, in: collection) }
    }

    /// What is wrong; `nil` while the server answers.
    public func failure() async -> StorageError? {
        do {
            try await run { (client) throws(StorageError) in try client.ping() }
            return nil
        } catch {
            return error as? StorageError ?? StorageError(.unavailable, "\(error)")
        }
    }

    /// What the server says of itself.
    ///
    /// - Throws: `StorageError`.
    public func server() async throws -> MongoServer {
        try await run { (client) throws(StorageError) in try client.server() }
    }

    /// Waits for what runs, refuses what waits, and disconnects. Later calls fail.
    public func close() async {
        try? await threads.shutdownGracefully()
        pool.withLock { $0 = nil }
    }

    /// - Throws: `CancellationError` when the caller was cancelled before it began; then nothing was done.
    private func run<Value: Sendable>(
        _ body: @escaping @Sendable (MongoClient) throws(StorageError) -> Value
    ) async throws -> Value {
        let limit = configuration.threads + configuration.waitingLimit
        guard pending.add(1, ordering: .relaxed).newValue <= limit else {
            pending.subtract(1, ordering: .relaxed)
            throw StorageError(.busy, "more waits for MongoDB than may wait")
        }
        defer { pending.subtract(1, ordering: .relaxed) }
        let deadline = ContinuousClock.now + configuration.waitingTime
        guard let pool = pool.withLock({ $0 }) else { throw Self.closed }
        do {
            return try await threads.runIfActive {
                guard ContinuousClock.now < deadline else {
                    throw StorageError(.timeout, "MongoDB was busy with others for too long")
                }
                return try pool.withClient(body)
            }
        } catch is CancellationError where !Task.isCancelled {
            // The threads have ended.
            throw Self.closed
        }
    }

    private static let closed = StorageError(.closed, "the document store is closed")
}
