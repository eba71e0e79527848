/// What identifies a model everywhere: its name and version, written `name@version`.
public struct ModelIdentity: Hashable, Sendable, Comparable, LosslessStringConvertible {
    public let name: String
    public let version: String

    public init(name: String, version: String) {
        self.name = name
        self.version = version
    }

    /// Reads `name@version`; `nil` unless both parts are non-empty and made of letters, digits, `.`, `_` and `-`.
    public init?(_ description: String) {
        let parts = description.split(separator: "@", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, parts.allSatisfy(ModelIdentity.isWord) else { return nil }
        self.init(name: parts[0], version: parts[1])
    }

    public var description: String { "\(name)@\(version)" }

    /// By name, then by version with runs of digits compared as numbers: 2 before 10.
    public static func < (left: ModelIdentity, right: ModelIdentity) -> Bool {
        guard left.name == right.name else { return left.name < right.name }
        return VersionOrder(left.version) < VersionOrder(right.version)
    }

    /// Safe as a file name and in a URL: no separator, no leading dot.
    static func isWord(_ text: String) -> Bool {
        guard let first = text.utf8.first, first != UInt8(ascii: "."), text.utf8.count <= 128 else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
    }
}

/// A version cut at `.`, `_` and `-`; a numeric part sorts as a number and before a word.
private struct VersionOrder: Comparable {
    private let parts: [Part]
    /// Decides between versions like `1` and `01`, so that the order is total.
    private let text: String

    private enum Part: Comparable {
        case number(UInt64)
        case word(String)
    }

    init(_ version: String) {
        text = version
        parts = version.split { "._-".contains($0) }.map { part in UInt64(part).map(Part.number) ?? .word(String(part))
        }
    }

    static func < (left: VersionOrder, right: VersionOrder) -> Bool {
        if left.parts.lexicographicallyPrecedes(right.parts) { return true }
        if right.parts.lexicographicallyPrecedes(left.parts) { return false }
        return left.text < right.text
    }
}
