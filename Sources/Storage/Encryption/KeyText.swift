import Foundation

/// Keys as text: one a line, newest first, as base64 or 64 hexadecimal digits, with or without its name and a colon in
/// front. Empty lines and lines that begin with `#` count for nothing.
enum KeyText {
    /// Bytes of a text with keys.
    static let limit = 64 << 10

    /// - Parameter source: where the text is from, for messages; they never quote it.
    /// - Throws: `StorageError` `.invalid` for what is no key, and for a key that has another name than is said.
    static func keys(in text: String, from source: String) throws(StorageError) -> [WrappingKey] {
        var keys: [WrappingKey] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .enumerated()
        {
            let line = line.trimmingCharacters(in: .whitespaces.union(.controlCharacters))
            if line.isEmpty || line.hasPrefix("#") { continue }
            keys.append(try key(line, at: "\(source), line \(index + 1)"))
        }
        guard !keys.isEmpty else { throw StorageError(.invalid, "\(source) holds no key") }
        return keys
    }

    private static func key(_ line: String, at place: String) throws(StorageError) -> WrappingKey {
        let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
        guard let bytes = parts.last.flatMap(bytes), bytes.count == WrappingKey.size else {
            throw StorageError(
                .invalid, "\(place): a key is \(WrappingKey.size) bytes as base64 or as hexadecimal digits")
        }
        let key = try WrappingKey(bytes: bytes)
        if parts.count == 2, KeyID(parts[0]) != key.id {
            throw StorageError(.invalid, "\(place): this key is named \(key.id), not as the line says")
        }
        return key
    }

    private static func bytes(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count == 2 * WrappingKey.size else { return Data(base64Encoded: text).map(Array.init) }
        let bytes = stride(from: 0, to: digits.count, by: 2).compactMap { index -> UInt8? in
            guard let high = digits[index].hexDigit, let low = digits[index + 1].hexDigit else { return nil }
            return high << 4 | low
        }
        return bytes.count == WrappingKey.size ? bytes : nil
    }
}

extension UInt8 {
    /// The value of this ASCII character as a hexadecimal digit.
    fileprivate var hexDigit: UInt8? { Character(UnicodeScalar(self)).hexDigitValue.map(UInt8.init) }
}
