/// A part of a content that a client asks for (RFC 9110, section 14). Pure.
public enum ByteRange: Sendable, Hashable {
    /// From an offset to the end.
    case from(Int)
    /// From a first to a last offset, both included.
    case between(Int, Int)
    /// So many bytes at the end.
    case last(Int)

    /// Reads the value of a `Range` field. `nil` when it names no bytes, more than one range, or nothing that the
    /// grammar knows: the field is then to be ignored and the whole to be sent (section 14.2).
    public init?(header: String) {
        let parts = header.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].lowercased() == "bytes" else { return nil }
        let ends = parts[1].trimmingBlanks.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2 else { return nil }
        switch (Self.number(ends[0]), Self.number(ends[1])) {
        case (let first?, let last?) where first <= last: self = .between(first, last)
        case (let first?, nil) where ends[1].isEmpty: self = .from(first)
        case (nil, let count?) where ends[0].isEmpty: self = .last(count)
        default: return nil
        }
    }

    /// The value of a `Range` field.
    public var header: String {
        switch self {
        case .from(let first): "bytes=\(first)-"
        case .between(let first, let last): "bytes=\(first)-\(last)"
        case .last(let count): "bytes=-\(count)"
        }
    }

    /// The offsets meant in a content of `length` bytes; `nil` when none exists (status 416).
    public func resolved(in length: Int) -> Range<Int>? {
        switch self {
        case .from(let first):
            return first >= 0 && first < length ? first..<length : nil
        case .between(let first, let last):
            guard first >= 0, first < length, last >= first else { return nil }
            return first..<(min(last, length - 1) + 1)
        case .last(let count):
            return count > 0 && length > 0 ? max(0, length - count)..<length : nil
        }
    }

    /// Digits only. A number beyond `Int` stands for the largest one: it lies behind every end.
    private static func number(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(text) ?? .max
    }
}

extension Substring {
    fileprivate var trimmingBlanks: Substring {
        var text = drop { $0 == " " || $0 == "\t" }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
