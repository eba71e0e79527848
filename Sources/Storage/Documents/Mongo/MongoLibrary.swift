import CMongo
import Logging

/// libmongoc, loaded and initialised once for the process when a store first needs it.
struct MongoLibrary: @unchecked Sendable {  // safe: a constant table of functions that may run in parallel
    static let names = ["libmongoc-1.0.so.0", "libmongoc-1.0.so"]

    let calls: AIBoxMongoLibrary
    /// Of libmongoc, such as `1.23.1`.
    let version: String

    /// - Throws: `StorageError` `.unavailable` when the machine has no such library.
    static func shared() throws(StorageError) -> MongoLibrary { try loaded.get() }

    private static let loaded = Result { () throws(StorageError) in try MongoLibrary(names: names) }

    init(names: [String]) throws(StorageError) {
        // Its members are never null, so it cannot begin empty.
        let table = UnsafeMutablePointer<AIBoxMongoLibrary>.allocate(capacity: 1)
        defer { table.deallocate() }
        var reasons: [String] = []
        for name in names {
            var reason = [CChar](repeating: 0, count: 512)
            if aibox_mongo_load(name, table, &reason, reason.count) == 0 {
                self.init(started: table.pointee)
                return
            }
            reasons.append(String(decoding: reason.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
        }
        throw StorageError(
            .unavailable,
            "MongoDB needs libmongoc (apt install libmongoc-1.0-0): " + reasons.joined(separator: "; "))
    }

    private init(started calls: AIBoxMongoLibrary) {
        self.calls = calls
        version = String(cString: calls.mongoc_get_version())
        calls.mongoc_log_set_handler({ _, domain, message, _ in MongoLog.write(domain, message) }, nil)
        calls.mongoc_init()
    }
}

/// What libmongoc tells, at level debug: failures are thrown as errors.
enum MongoLog {
    private static let logger = Logger(label: "aibox.mongo")

    static func write(_ domain: UnsafePointer<CChar>, _ message: UnsafePointer<CChar>) {
        logger.debug(
            "libmongoc",
            metadata: ["domain": "\(String(cString: domain))", "text": "\(redacted(String(cString: message)))"])
    }

    /// Without what stands before the `@` of a URL.
    static func redacted(_ text: String) -> String { text.replacing(/\/\/[^\s\/]*@/, with: "//…@") }
}
