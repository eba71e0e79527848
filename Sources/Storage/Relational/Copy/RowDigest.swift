import Crypto
import Foundation

/// A checksum of the rows of a table that does not depend on their order: the sum, without carry out, of the first 16
/// bytes of the SHA-256 of each row.
struct RowDigest: Sendable, Equatable {
    private(set) var rows = 0
    private var high: UInt64 = 0
    private var low: UInt64 = 0

    mutating func add(_ row: SQLRow, json: Set<String>) {
        var hash = SHA256()
        for (name, value) in zip(row.columns.names, row.values) {
            hash.update(data: Self.bytes(json.contains(name) ? Self.canonical(value) : value))
        }
        let words = Array(hash.finalize()).withUnsafeBytes { bytes in
            (bytes.loadUnaligned(as: UInt64.self), bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        }
        let sum = low.addingReportingOverflow(words.1)
        low = sum.partialValue
        high = high &+ words.0 &+ (sum.overflow ? 1 : 0)
        rows += 1
    }

    /// 32 hexadecimal digits.
    var text: String {
        let digits = [high, low].map { word in
            let text = String(word, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }
        return digits.joined()
    }

    /// A byte for the kind, the length, the content: no two rows give the same bytes.
    private static func bytes(_ value: SQLValue) -> Data {
        let (kind, content): (UInt8, Data) =
            switch value {
            case .null: (0, Data())
            case .integer(let number): (1, withUnsafeBytes(of: number.bigEndian) { Data($0) })
            case .real(let number): (2, withUnsafeBytes(of: number.bitPattern.bigEndian) { Data($0) })
            case .text(let text): (3, Data(text.utf8))
            case .bytes(let bytes): (4, Data(bytes))
            }
        return Data([kind]) + withUnsafeBytes(of: UInt64(content.count).bigEndian) { Data($0) } + content
    }

    /// PostgreSQL writes JSON in its own spelling.
    private static func canonical(_ value: SQLValue) -> SQLValue {
        guard case .text(let text) = value,
            let object = try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed),
            let data = try? JSONSerialization.data(
                withJSONObject: object, options: [.sortedKeys, .fragmentsAllowed, .withoutEscapingSlashes])
        else { return value }
        return .text(String(decoding: data, as: UTF8.self))
    }
}
