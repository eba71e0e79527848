import AIBoxAPI
import Foundation

/// A value that one column holds as JSON text, because nothing is searched in it.
enum JSONColumn {
    /// Throws 422 naming `field` for a number that JSON cannot write.
    static func text(_ value: some Encodable, field: String) throws(Problem) -> String {
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        } catch {
            throw .invalid(field, "cannot be written as JSON; numbers must be finite")
        }
    }

    static func value<Value: Decodable>(_ text: String) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(text.utf8))
    }
}
