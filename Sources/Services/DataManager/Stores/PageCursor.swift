import AIBoxAPI
import Foundation
import Storage

/// The place between two pages: that of the last row of the page before. Pages neither repeat nor skip a row that was
/// there when the first was read, whatever is stored in between.
enum PageCursor {
    /// A place in a list by time of capture.
    struct Position: Sendable, Equatable {
        let capturedAt: Timestamp
        let id: UUIDv7
    }

    /// base64url of the identifier and four bytes of checksum; opaque to clients.
    static func text(_ id: UUIDv7) -> String { encode(id.bytes) }

    /// base64url of time, identifier and checksum.
    static func text(_ position: Position) -> String {
        let time = withUnsafeBytes(of: position.capturedAt.milliseconds.bigEndian) { Array($0) }
        return encode(time + position.id.bytes)
    }

    /// Throws 422 for anything that `text(_: UUIDv7)` has not made.
    static func id(in cursor: String) throws(Problem) -> UUIDv7 {
        guard let bytes = decode(cursor, count: 16), let id = UUIDv7(bytes: bytes) else { throw invalid }
        return id
    }

    /// Throws 422 for anything that `text(_: Position)` has not made.
    static func position(in cursor: String) throws(Problem) -> Position {
        guard let bytes = decode(cursor, count: 24), let id = UUIDv7(bytes: bytes.dropFirst(8)) else { throw invalid }
        let milliseconds = bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Position(capturedAt: Timestamp(milliseconds: Int64(bitPattern: milliseconds)), id: id)
    }

    private static let invalid = Problem.invalid("cursor", "is not one that this service has given out for this list")

    private static func encode(_ bytes: [UInt8]) -> String {
        Data(bytes + checksum(bytes)).base64EncodedString()
            .replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
    }

    private static func decode(_ cursor: String, count: Int) -> [UInt8]? {
        let base64 = cursor.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        let padding = String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        guard cursor.utf8.count <= 64, let data = Data(base64Encoded: base64 + padding), data.count == count + 4
        else { return nil }
        let bytes = Array(data.prefix(count))
        return encode(bytes) == cursor ? bytes : nil
    }

    /// FNV-1a, 32 bits (draft-eastlake-fnv): tells a mistyped cursor from a true one; it is no signature.
    private static func checksum(_ bytes: [UInt8]) -> [UInt8] {
        let hash = bytes.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: hash >> $0) }
    }
}
