import AIBoxAPI
import Testing

@testable import Storage

@Suite struct MongoPartsTests {
    @Test(arguments: [
        ("mongodb://u:p@host/x and mongodb://v:q@h", "mongodb://…@host/x and mongodb://…@h"), ("plain", "plain"),
        ("connect to //host:1/a", "connect to //host:1/a"),
    ])
    func aURLIsLoggedWithoutCredentials(text: String, expected: String) {
        #expect(MongoLog.redacted(text) == expected)
    }

    @Test func anAbsentLibraryIsNamedWithItsRemedy() throws {
        let error = try #require(throws: StorageError.self) {
            try MongoLibrary(names: ["libabsent.so.9", "libc.so.6"])
        }
        #expect(error.code == .unavailable)
        #expect(error.message.contains("libmongoc-1.0-0") && error.message.contains("libabsent.so.9"))
        #expect(error.message.contains("no function mongoc_init"))
    }

    @Test func bytesThatAreCutOffOrChangedAreDamageAndNoMore() throws {
        let id = UUIDv7()
        let document = try Document([
            "a": .array([.null, .bool(true), .integer(.max), .number(0.1), .string("$x")]),
            "": .object(["c": .object([:])]),
        ])
        let calls = try MongoLibrary.shared().calls
        let bson = try BSON(MongoQuery.stored(document, id: id, at: .now), calls)
        let start = UnsafeRawPointer(calls.bson_get_data(bson.handle))
        let length = Int(start.loadUnaligned(as: Int32.self))
        let bytes = [UInt8](UnsafeRawBufferPointer(start: start, count: length))
        func read(_ bytes: [UInt8]) throws -> StoredDocument { try bytes.withUnsafeBytes { try BSONReader.stored($0) } }
        #expect(try read(bytes) == StoredDocument(id: id, document: document))
        for count in bytes.indices {
            #expect(throws: StorageError.self) { try read(Array(bytes[..<count])) }
        }
        for index in bytes.indices {
            for value in [0, 1, 0x7F, 0x80, 0xFF] as [UInt8] {
                var changed = bytes
                changed[index] = value
                // Another document, or damage; never a read beyond the bytes.
                do { _ = try read(changed) } catch { #expect((error as? StorageError)?.code == .damaged) }
            }
        }
    }
}
