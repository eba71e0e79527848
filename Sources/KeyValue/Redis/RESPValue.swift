import Foundation

/// A reply of Redis (RESP, version 2).
enum RESPValue: Hashable, Sendable {
    case simple(String)
    case error(String)
    case integer(Int)
    case bulk([UInt8])
    case null
    indirect case array([RESPValue])

    /// The bytes of a string of either kind.
    var bytes: [UInt8]? {
        switch self {
        case .simple(let text): Array(text.utf8)
        case .bulk(let bytes): bytes
        default: nil
        }
    }

    var text: String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

    var integer: Int? {
        if case .integer(let number) = self { return number }
        return nil
    }

    var array: [RESPValue]? {
        if case .array(let elements) = self { return elements }
        return nil
    }
}

extension KeyValueError {
    /// What an error reply means; `CODE text` in Redis's convention.
    init(reply: String) {
        let code = reply.prefix { $0 != " " }
        // Redis repeats the arguments of a command that it does not know.
        let text = (reply.range(of: ", with args").map { reply[..<$0.lowerBound] } ?? reply[...]).prefix(200)
        switch code {
        case "READONLY", "LOADING", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "BUSY", "MISCONF", "OOM", "NOREPLICAS":
            self.init(.unavailable, "Redis cannot do this now: \(text)")
        case "ERR" where reply.hasPrefix("ERR max number of clients reached"):
            self.init(.unavailable, "Redis has no connection left: \(text)")
        case "NOAUTH", "WRONGPASS", "NOPERM", "DENIED":
            self.init(.denied, "Redis refused: \(code)")
        default:
            self.init(
                reply.hasPrefix("ERR value is not an integer") || reply.hasPrefix("ERR increment or decrement would")
                    ? .invalid : .protocolViolation,
                "Redis answered an error: \(text)")
        }
    }

    /// A reply of a kind that the command does not have.
    static func unexpected(_ command: String) -> KeyValueError {
        KeyValueError(.protocolViolation, "Redis answered \(command) with something else than it is documented to.")
    }
}
