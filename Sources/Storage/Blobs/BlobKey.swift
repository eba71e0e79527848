/// The name of a blob: a relative path in a small alphabet that every file system, URL and log takes as it is.
///
/// Lower-case letters, digits and `_ . - /`; at most 512 bytes; parts between slashes have 1–200 bytes and do not begin
/// with a dot, so that none is `.`, `..` or hidden. Ordered by bytes.
public struct BlobKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    public static let limit = 512
    static let partLimit = 200

    public let description: String

    /// - Throws: `.invalid`.
    public init(_ text: String) throws(StorageError) {
        guard Self.isKey(text) else {
            throw StorageError(.invalid, "\(String(text.prefix(80)).debugDescription) is no key of a blob")
        }
        description = text
    }

    /// The path of folders and the name at its end.
    var parts: [Substring] { description.split(separator: "/") }

    public static func < (left: BlobKey, right: BlobKey) -> Bool {
        left.description.utf8.lexicographicallyPrecedes(right.description.utf8)
    }

    private static func isKey(_ text: String) -> Bool {
        let bytes = text.utf8
        guard (1...limit).contains(bytes.count), bytes.allSatisfy(isAllowed) else { return false }
        return bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .allSatisfy { (1...partLimit).contains($0.count) && $0.first != UInt8(ascii: ".") }
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "/"): true
        default: false
        }
    }
}
