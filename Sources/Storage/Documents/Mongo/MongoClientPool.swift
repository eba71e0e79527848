import CMongo

/// libmongoc's pool of clients for one URL. It connects when it is used, and watches the servers on threads of its own.
final class MongoClientPool: @unchecked Sendable {  // safe: mongoc_client_pool_t is made for use from several threads
    let library: MongoLibrary
    /// That of the URL, else `aibox`.
    let database: String
    /// How long the answer of a server may take.
    let answerTime: Duration
    /// Whether connections are TLS.
    let isEncrypted: Bool
    private let handle: OpaquePointer

    /// How long things may take, in milliseconds, unless the URL says otherwise. None may be unlimited.
    static let timeouts: KeyValuePairs<String, Int32> = [
        "connectTimeoutMS": 2000, "serverSelectionTimeoutMS": 3000, "socketTimeoutMS": 5000,
    ]

    /// How long a write may wait for a majority, in milliseconds.
    static let majorityTime: Int32 = 5000

    /// - Throws: `StorageError` `.invalid` for a URL that libmongoc does not take.
    init(url: String, clients: Int, library: MongoLibrary) throws(StorageError) {
        let calls = library.calls
        var failure = AIBoxBSONError()
        guard let uri = calls.mongoc_uri_new_with_error(url, &failure) else {
            throw StorageError(.invalid, "the URL of MongoDB: \(MongoLog.redacted(failure.text))")
        }
        defer { calls.mongoc_uri_destroy(uri) }
        Self.setOptions(of: uri, calls)
        guard let handle = calls.mongoc_client_pool_new_with_error(uri, &failure) else {
            throw StorageError(.invalid, "the URL of MongoDB: \(MongoLog.redacted(failure.text))")
        }
        _ = calls.mongoc_client_pool_set_error_api(handle, AIBOX_MONGOC_ERROR_API_VERSION)
        calls.mongoc_client_pool_max_size(handle, UInt32(clamping: clients))
        self.handle = handle
        self.library = library
        database = calls.mongoc_uri_get_database(uri).map { String(cString: $0) } ?? "aibox"
        isEncrypted = calls.mongoc_uri_get_tls(uri)
        answerTime = .milliseconds(calls.mongoc_uri_get_option_as_int32(uri, "socketTimeoutMS", 5000))
    }

    deinit { library.calls.mongoc_client_pool_destroy(handle) }

    /// Short timeouts, and whatever the URL says: what is answered is on the disks of a majority.
    private static func setOptions(of uri: OpaquePointer, _ calls: AIBoxMongoLibrary) {
        for (name, milliseconds) in timeouts where calls.mongoc_uri_get_option_as_int32(uri, name, 0) <= 0 {
            _ = calls.mongoc_uri_set_option_as_int32(uri, name, milliseconds)
        }
        _ = calls.mongoc_uri_set_appname(uri, "aibox")
        guard let concern = calls.mongoc_write_concern_new() else { return }
        calls.mongoc_write_concern_set_journal(concern, true)
        calls.mongoc_write_concern_set_wmajority(concern, majorityTime)
        calls.mongoc_uri_set_write_concern(uri, concern)
        calls.mongoc_write_concern_destroy(concern)
    }

    /// Blocks while all clients are in use.
    func withClient<Value>(
        _ body: (MongoClient) throws(StorageError) -> Value
    ) throws(StorageError) -> Value {
        guard let client = library.calls.mongoc_client_pool_pop(handle) else {
            throw StorageError(.unavailable, "MongoDB: no client is free")
        }
        defer { library.calls.mongoc_client_pool_push(handle, client) }
        return try body(MongoClient(pool: self, handle: client))
    }
}

extension AIBoxBSONError {
    /// The message, up to its zero.
    var text: String {
        withUnsafeBytes(of: message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
