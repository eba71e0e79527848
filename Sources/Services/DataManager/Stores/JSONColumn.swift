import AIBoxAPI
import Foundation

/// A value that one column holds as JSON text, because nothing is searched in it.
enum JSONColumn {
    static let byteLimit = 64 << 10

    /// Throws 422 naming `field` for a number that JSON cannot write, for a NUL, which not every database takes, and
    /// for more than `limit` bytes.
    static func text(
        _ value: some Encodable, field: String, limit: Int = byteLimit
    ) throws(Problem) -> String {
        let json: Data
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            json = try encoder.encode(value)
        } catch {
            throw .invalid(field, "cannot be written as JSON; numbers must be finite")
        }
        guard json.count <= limit else { throw .invalid(field, "must have at most \(limit) bytes as JSON") }
        guard !hasNUL(json) else { throw .invalid(field, "must not contain control characters") }
        return String(decoding: json, as: UTF8.self)
    }

    /// Whether a text in `json` has U+0000, which JSON writes as `\u0000`; after an escaped backslash that is text.
    private static func hasNUL(_ json: Data) -> Bool {
        json.withUnsafeBytes { bytes in
            var index = 0
            while index < bytes.count {
                guard bytes[index] == UInt8(ascii: "\\") else {
                    index += 1
                    continue
                }
                if bytes[index...].prefix(6).elementsEqual(#"\u0000"#.utf8) { return true }
                index += 2
            }
            return false
        }
    }

    static func value<Value: Decodable>(_ text: String) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(text.utf8))
    }
}
