import AIBoxAPI
import Logging
import Storage
import Synchronization

/// The metadata of inferences: in a table beside the rows, or in MongoDB.
///
/// In the table it is written in the transaction of its inference. In MongoDB it is there, acknowledged, before the row
/// commits, under the identifier of the inference; a document whose row has never come is removed by the job
/// `metadata-scrub`.
final class InferenceMetadata: Sendable {
    static let collection = Result { () throws(StorageError) in try DocumentCollection("inferences") }

    /// Each index costs every insert.
    private static let pathLimit = 16

    private let table: SQLDocumentStore
    /// `nil`: the table has it all.
    let mongo: MongoDocumentStore?
    /// What can be searched by.
    let paths: [DocumentPath]
    private let isIndexed = Mutex(false)
    private let watch: StoreWatch?

    /// - Throws: `StorageError` for a path or a URL that is none.
    init(_ configuration: DataManager.Configuration, _ database: any SQLDatabase) throws(StorageError) {
        guard configuration.metadataIndexes.count <= Self.pathLimit else {
            throw StorageError(.invalid, "there may be \(Self.pathLimit) indexes at most")
        }
        var paths: [DocumentPath] = []
        for text in configuration.metadataIndexes { paths.append(try DocumentPath(text)) }
        self.paths = paths
        table = SQLDocumentStore(database: database)
        mongo =
            if let url = configuration.mongodbURL { try MongoDocumentStore(.init(url: url)) } else { nil }
        watch = mongo.map { mongo in StoreWatch(trust: configuration.failureTrust) { await mongo.failure() } }
    }

    /// As the configuration says, with the indexes of the table. Those of MongoDB are made once it answers.
    static func open(
        _ configuration: DataManager.Configuration, _ database: any SQLDatabase
    ) async throws -> InferenceMetadata {
        let metadata: InferenceMetadata
        do throws(StorageError) {
            metadata = try InferenceMetadata(configuration, database)
        } catch {
            throw DataManagerError(
                code: .database, message: "The metadata cannot be kept (\(error.message))",
                remedy: "See the settings mongodb_url and metadata_indexes")
        }
        do {
            if metadata.mongo == nil { try await metadata.ensureIndexes() }
            return metadata
        } catch {
            await metadata.close()
            throw error
        }
    }

    func close() async { await mongo?.close() }

    /// What keeps MongoDB from answering; `nil` also when there is none.
    func failure() async -> StorageError? { await watch?.failure() }

    /// Asks the store that has new documents; one that did not answer just now is not asked again for some seconds.
    func asking<Value: Sendable>(_ call: (any DocumentStore) async throws -> Value) async throws -> Value {
        guard let mongo, let watch else { return try await call(table) }
        if let failure = watch.recentFailure { throw failure }
        do {
            return try await call(mongo)
        } catch {
            if let failure = error as? StorageError, [.unavailable, .timeout, .denied].contains(failure.code) {
                watch.note(failure)
            }
            throw error
        }
    }

    // MARK: Indexes

    /// Makes the indexes that are missing, once.
    func ensureIndexes() async throws {
        if isIndexed.withLock({ $0 }) { return }
        let collection = try Self.collection.get()
        try await asking { for path in paths { try await $0.ensureIndex(on: path, in: collection) } }
        isIndexed.withLock { $0 = true }
    }

    // MARK: Documents

    /// Puts the document where it has to be before the row commits.
    ///
    /// - Throws: 503 while MongoDB does not answer.
    func prepare(_ document: Document?, of id: UUIDv7) async throws {
        guard let document, mongo != nil else { return }
        do {
            try await asking { try await $0.put(document, id: id, in: Self.collection.get()) }
        } catch {
            throw problem(error)
        }
    }

    /// Puts the document into the table, in the transaction of the row.
    func insert(_ document: Document, of id: UUIDv7, _ db: any SQLSession) throws {
        if mongo == nil { try table.put(document, id: id, in: Self.collection.get(), db) }
    }

    /// Deletes the documents of the table, in the transaction that deletes their rows. Those in MongoDB are left to
    /// `metadata-scrub`.
    func delete(_ ids: [UUIDv7], _ db: any SQLSession) throws {
        try table.delete(ids, in: Self.collection.get(), db)
    }

    /// The metadata of an inference whose row says that it has some; `nil` while the store that has it does not answer,
    /// or has lost it.
    func find(_ id: UUIDv7, _ logger: Logger) async -> [String: JSONValue]? {
        do {
            let collection = try Self.collection.get()
            if let found = try await asking({ try await $0.get([id], in: collection)[id] }) { return found.members }
            // What was stored before there was a MongoDB.
            return mongo == nil ? nil : try await table.get([id], in: collection)[id]?.members
        } catch {
            logger.debug("metadata cannot be read", metadata: ["inference.id": "\(id)", "error": "\(error)"])
            return nil
        }
    }

    /// What the caller of `asking` is told.
    func problem(_ error: any Error) -> Problem {
        guard mongo != nil, let failure = error as? StorageError else { return Problem(error) }
        switch failure.code {
        case .unavailable, .timeout, .outcomeUnknown, .busy, .denied, .closed, .full:
            return .unavailable(
                "MongoDB, which keeps the metadata, does not answer; try again, or leave the metadata out.",
                type: "/problems/metadata-store-away", retryAfter: 2)
        default: return Problem(error)
        }
    }
}
