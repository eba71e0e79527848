import AIBoxAPI

/// Free-form metadata of inferences: documents in collections, each under the identifier of what it belongs to. Two
/// implementations: `SQLDocumentStore` and `MongoDocumentStore`.
///
/// Both find the same: numbers compare as numbers, texts as their UTF-8 bytes, booleans as booleans, and never one kind
/// with another; a path leads through objects only, not into arrays.
public protocol DocumentStore: Sendable {
    /// Stores `document`, in place of the one that is there under `id`. It is durable when this returns; repeating it
    /// changes nothing.
    ///
    /// - Throws: `StorageError`.
    func put(_ document: Document, id: UUIDv7, in collection: DocumentCollection) async throws

    /// Those of `ids` that are there.
    ///
    /// - Throws: `StorageError`, `.invalid` for more than `DocumentLimits.identifiers`.
    func get(_ ids: [UUIDv7], in collection: DocumentCollection) async throws -> [UUIDv7: Document]

    /// Removes those of `ids` that are there.
    ///
    /// - Throws: `StorageError`, `.invalid` for more than `DocumentLimits.identifiers`.
    func delete(_ ids: [UUIDv7], in collection: DocumentCollection) async throws

    /// The identifiers of what `filter` matches, newest first.
    ///
    /// For one condition of equality on a path that has an index the time depends on `limit` alone; for others it may
    /// depend on the size of the collection.
    ///
    /// - Parameters:
    ///   - id: the last of the page before; `nil` for the first page.
    ///   - limit: 1 to `DocumentLimits.page`.
    /// - Throws: `StorageError`, `.invalid` for a limit out of range.
    func find(
        _ filter: DocumentFilter, in collection: DocumentCollection, after id: UUIDv7?, limit: Int
    ) async throws -> [UUIDv7]

    /// Those of `ids` whose documents `filter` matches.
    ///
    /// - Throws: `StorageError`, `.invalid` for more than `DocumentLimits.page`.
    func matches(
        of filter: DocumentFilter, among ids: [UUIDv7], in collection: DocumentCollection
    ) async throws -> Set<UUIDv7>

    /// Sees to it that finding by `path` does not read the whole collection. Called by the program when it starts, for
    /// the paths that it knows; further calls change nothing.
    ///
    /// - Throws: `StorageError`; MongoDB's `.timeout` or `.outcomeUnknown` when a large collection takes longer than an
    ///   answer may: it goes on with it.
    func ensureIndex(on path: DocumentPath, in collection: DocumentCollection) async throws
}

/// A document with its identifier.
struct StoredDocument: Sendable, Hashable {
    let id: UUIDv7
    let document: Document
}

/// What a document store takes.
public enum DocumentLimits {
    /// Bytes of a document as JSON.
    public static let bytes = 1 << 20
    /// Objects and arrays within one another, the document itself counted.
    public static let depth = 32
    /// Values in a document, all levels together. A number of six characters (`1e300`) can grow to 300 in a database.
    public static let values = 20_000
    /// Names in a path.
    public static let pathNames = 8
    /// Conditions of a filter.
    public static let conditions = 8
    /// Values that one condition compares with.
    public static let alternatives = 4
    /// Bytes of a text that a filter compares with.
    public static let comparedBytes = 4096
    /// Documents in one call, which all are in memory.
    public static let identifiers = 200
    /// Identifiers in one answer, and those that can be looked through in one call.
    public static let page = 1001

    static func check(identifiers ids: [UUIDv7], limit: Int = identifiers) throws(StorageError) {
        guard ids.count <= limit else {
            throw StorageError(.invalid, "at most \(limit) documents can be asked for in one call")
        }
    }

    static func check(limit: Int) throws(StorageError) {
        guard 1...page ~= limit else { throw StorageError(.invalid, "limit must be 1 to \(page)") }
    }
}
