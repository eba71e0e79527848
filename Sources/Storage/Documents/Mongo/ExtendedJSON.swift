import AIBoxAPI
import Foundation

/// MongoDB Extended JSON (v2, canonical), from which libbson makes BSON: numbers carry their type.
///
/// A document has no member that begins with `$` (`Document`), so none is taken for a type.
extension JSONValue {
    var extendedJSON: JSONValue {
        switch self {
        case .null, .bool, .string: self
        case .integer(let number): .object(["$numberLong": .string(String(number))])
        case .number(let number): .object(["$numberDouble": .string("\(number)")])
        case .array(let elements): .array(elements.map(\.extendedJSON))
        case .object(let members): .object(members.mapValues(\.extendedJSON))
        }
    }
}

extension Timestamp {
    var extendedJSON: JSONValue {
        .object(["$date": .object(["$numberLong": .string(String(milliseconds))])])
    }
}

extension UUIDv7 {
    /// A binary of subtype 4, in the order of its bytes (RFC 9562).
    var extendedJSON: JSONValue {
        .object(["$binary": .object(["base64": .string(Data(bytes).base64EncodedString()), "subType": .string("04")])])
    }
}
