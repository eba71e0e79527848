import Foundation

/// The primary key of a row as one text: a letter for the kind of each value, then the value, texts and bytes in base64;
/// commas between.
enum CopyKey {
    static func text(_ values: [SQLValue]) -> String {
        let parts = values.map { value in
            switch value {
            case .null: "n"
            case .integer(let number): "i\(number)"
            case .real(let number): "r\(number.bitPattern)"
            case .text(let text): "t" + Data(text.utf8).base64EncodedString()
            case .bytes(let bytes): "x" + Data(bytes).base64EncodedString()
            }
        }
        return parts.joined(separator: ",")
    }

    /// - Throws: `StorageError` `.damaged` for what `text(_:)` has not made.
    static func values(in text: String) throws(StorageError) -> [SQLValue] {
        try text.split(separator: ",").map { part throws(StorageError) in
            let rest = String(part.dropFirst())
            let value: SQLValue? =
                switch part.first {
                case "n": .null
                case "i": Int64(rest).map(SQLValue.integer)
                case "r": UInt64(rest).map { .real(Double(bitPattern: $0)) }
                case "t": Data(base64Encoded: rest).map { .text(String(decoding: $0, as: UTF8.self)) }
                case "x": Data(base64Encoded: rest).map { .bytes(Array($0)) }
                default: nil
                }
            guard let value else { throw StorageError(.damaged, "the progress of the copy is damaged") }
            return value
        }
    }
}
