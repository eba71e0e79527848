import AIBoxAPI
import CMongo
import Foundation

/// Owns one `bson_t`.
struct BSON: ~Copyable {
    let handle: OpaquePointer
    private let calls: AIBoxMongoLibrary

    /// From Extended JSON.
    init(_ value: JSONValue, _ calls: AIBoxMongoLibrary) throws(StorageError) {
        guard let json = try? JSONEncoder().encode(value) else {
            throw StorageError(.invalid, "MongoDB: this cannot be written as JSON")
        }
        try self.init(text: String(decoding: json, as: UTF8.self), calls)
    }

    init(text: String, _ calls: AIBoxMongoLibrary) throws(StorageError) {
        var failure = AIBoxBSONError()
        let handle = text.withCString(encodedAs: UTF8.self) {
            calls.bson_new_from_json($0, text.utf8.count, &failure)
        }
        guard let handle else { throw StorageError(.invalid, "MongoDB: not a document: \(failure.text)") }
        self.handle = handle
        self.calls = calls
    }

    deinit { calls.bson_destroy(handle) }
}
