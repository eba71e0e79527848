import AIBoxAPI
import Foundation

/// The place between two pages: the identifier of the last row of the page before. Rows stored later have greater
/// identifiers, so that pages neither repeat nor skip a row.
enum PageCursor {
    /// base64url of the identifier and four bytes of checksum; opaque to clients.
    static func text(_ id: UUIDv7) -> String {
        Data(id.bytes + checksum(id.bytes)).base64EncodedString()
            .replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
    }

    /// Throws 422 for anything that `text(_:)` has not made.
    static func id(in cursor: String) throws(Problem) -> UUIDv7 {
        let base64 = cursor.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        guard cursor.utf8.count == 27, let data = Data(base64Encoded: base64 + "="),
            let id = UUIDv7(bytes: data.prefix(16)), text(id) == cursor
        else { throw .invalid("cursor", "is not one that this service has given out") }
        return id
    }

    /// FNV-1a, 32 bits (draft-eastlake-fnv): tells a mistyped cursor from a true one; it is no signature.
    private static func checksum(_ bytes: [UInt8]) -> [UInt8] {
        let hash = bytes.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: hash >> $0) }
    }
}
