import AIBoxAPI
import CMongo
import Foundation

/// One client of the pool, on the thread that has it. Blocks.
struct MongoClient {
    let pool: MongoClientPool
    let handle: OpaquePointer
    private var calls: AIBoxMongoLibrary { pool.library.calls }

    func ping() throws(StorageError) { try run(#"{"ping": 1}"#, isWrite: false) }

    func server() throws(StorageError) -> MongoServer {
        let command = try BSON(text: #"{"buildInfo": 1}"#, calls)
        // A bson_t, which the call fills in any case; its size and alignment are part of libbson's interface.
        let memory = UnsafeMutableRawPointer.allocate(byteCount: 128, alignment: 128)
        defer { memory.deallocate() }
        let reply = OpaquePointer(memory)
        let start = ContinuousClock.now
        let failure = attempt {
            calls.mongoc_client_command_simple(handle, "admin", command.handle, nil, reply, &$0)
        }
        defer { calls.bson_destroy(reply) }
        if let failure { throw error(failure, since: start, isWrite: false) }
        guard let version = BSONReader.text("version", in: calls.bson_get_data(reply)) else {
            throw StorageError(.damaged, "MongoDB: the server tells no version")
        }
        return MongoServer(version: version, isEncrypted: pool.isEncrypted)
    }

    func makeIndex(on path: DocumentPath, in collection: DocumentCollection) throws(StorageError) {
        try run(MongoQuery.makeIndex(on: path, in: collection), isWrite: true)
    }

    func put(_ document: Document, id: UUIDv7, in collection: DocumentCollection) throws(StorageError) {
        let selector = try BSON(MongoQuery.selector(id), calls)
        let replacement = try BSON(MongoQuery.stored(document, id: id, at: .now), calls)
        // `Document` has validated; libmongoc's own check refuses empty names.
        let options = try BSON(.object(["upsert": .bool(true), "validate": .bool(false)]), calls)
        let start = ContinuousClock.now
        func replace(_ collection: OpaquePointer) -> MongoFailure? {
            attempt {
                calls.mongoc_collection_replace_one(
                    collection, selector.handle, replacement.handle, options.handle, nil, &$0)
            }
        }
        try withCollection(collection) { (collection) throws(StorageError) in
            guard let failure = replace(collection) else { return }
            guard failure.isDuplicate else { throw error(failure, since: start, isWrite: true) }
            // Two inserted it at once. It is there now, and is replaced.
            if let failure = replace(collection) { throw error(failure, since: start, isWrite: true) }
        }
    }

    func delete(_ selector: JSONValue, in collection: DocumentCollection) throws(StorageError) {
        let selector = try BSON(selector, calls)
        try withCollection(collection) { (collection) throws(StorageError) in
            try check(isWrite: true) {
                calls.mongoc_collection_delete_many(collection, selector.handle, nil, nil, &$0)
            }
        }
    }

    /// Newest first.
    func find(
        _ filter: JSONValue, in collection: DocumentCollection, limit: Int
    ) throws(StorageError) -> [StoredDocument] {
        try find(filter, in: collection, limit: limit, wholly: true, BSONReader.stored)
    }

    /// Newest first.
    func findIdentifiers(
        _ filter: JSONValue, in collection: DocumentCollection, limit: Int
    ) throws(StorageError) -> [UUIDv7] {
        try find(filter, in: collection, limit: limit, wholly: false, BSONReader.identifier)
    }

    private func find<Value>(
        _ filter: JSONValue, in collection: DocumentCollection, limit: Int, wholly: Bool,
        _ read: (UnsafeRawBufferPointer) throws(StorageError) -> Value
    ) throws(StorageError) -> [Value] {
        let filter = try BSON(filter, calls)
        // Earlier than the connection is given up, so that the server ends the search too.
        let time = Int32(clamping: Int64(pool.answerTime * 0.8 / .milliseconds(1)))
        let options = try BSON(MongoQuery.options(limit: limit, maximumTime: max(time, 1), wholly: wholly), calls)
        return try withCollection(collection) { (handle) throws(StorageError) in
            guard let cursor = calls.mongoc_collection_find_with_opts(handle, filter.handle, options.handle, nil) else {
                throw StorageError(.statement, "MongoDB: there is no cursor")
            }
            defer { calls.mongoc_cursor_destroy(cursor) }
            return try values(of: cursor, read)
        }
    }

    private func values<Value>(
        of cursor: OpaquePointer, _ read: (UnsafeRawBufferPointer) throws(StorageError) -> Value
    ) throws(StorageError) -> [Value] {
        let start = ContinuousClock.now
        var found: [Value] = []
        var document: OpaquePointer?
        while calls.mongoc_cursor_next(cursor, &document), let document {
            found.append(try read(BSONReader.bytes(at: calls.bson_get_data(document))))
        }
        if let failure = attempt({ !calls.mongoc_cursor_error(cursor, &$0) }) {
            throw error(failure, since: start, isWrite: false)
        }
        return found
    }

    /// Runs a command given as Extended JSON.
    private func run(_ command: String, isWrite: Bool) throws(StorageError) {
        let command = try BSON(text: command, calls)
        try check(isWrite: isWrite) {
            calls.mongoc_client_command_simple(handle, pool.database, command.handle, nil, nil, &$0)
        }
    }

    private func withCollection<Value>(
        _ collection: DocumentCollection, _ body: (OpaquePointer) throws(StorageError) -> Value
    ) throws(StorageError) -> Value {
        guard let collection = calls.mongoc_client_get_collection(handle, pool.database, collection.name) else {
            throw StorageError(.invalid, "MongoDB: there is no collection \(collection)")
        }
        defer { calls.mongoc_collection_destroy(collection) }
        return try body(collection)
    }

    // MARK: failures

    private func check(isWrite: Bool, _ call: (inout AIBoxBSONError) -> Bool) throws(StorageError) {
        let start = ContinuousClock.now
        if let failure = attempt(call) { throw error(failure, since: start, isWrite: isWrite) }
    }

    private func attempt(_ call: (inout AIBoxBSONError) -> Bool) -> MongoFailure? {
        var failure = AIBoxBSONError()
        if call(&failure) { return nil }
        return MongoFailure(domain: Int32(clamping: failure.domain), code: failure.code, message: failure.text)
    }

    private func error(
        _ failure: MongoFailure, since start: ContinuousClock.Instant, isWrite: Bool
    ) -> StorageError {
        failure.storageError(isWrite: isWrite, isOverdue: ContinuousClock.now - start >= pool.answerTime)
    }
}
