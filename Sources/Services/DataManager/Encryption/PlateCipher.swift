import Foundation
import Storage

/// Seals plates and what tells of them, and makes the tokens by which they are found again.
///
/// The key is that of what belongs to no person: it stays when the KEK is rotated, so that no row is touched then.
/// Tokens are 64 bits (`KeyedIndex`), each kind under a key of its own.
struct PlateCipher: Sendable {
    /// What a token stands for. Tokens of different kinds are not comparable.
    enum Term: String, CaseIterable {
        /// A plate that was read, by its letters and digits.
        case plate
        case skeleton
        /// Some characters of a plate, see `PlateIndex`.
        case part
        /// The label of a reading, as it was read.
        case label
        /// An entry of the known plates, by its letters and digits.
        case known
    }

    /// A table with a column `sealed`.
    enum Table: String {
        case detections, plates
        case knownPlates = "known_plates"

        /// What lengths are rounded up to, in bytes.
        fileprivate var step: Int { self == .plates ? 32 : 128 }
    }

    /// Before every token. It comes after all letters and digits and is none, so that no plate reads like a token, and
    /// what is plain comes before it in an index.
    static let tokenMark = "~"

    private let keys: KeyRing
    private let indexes: [Term: KeyedIndex]

    init(_ keys: SubjectKeys) {
        self.keys = keys.blobKeys
        indexes = Dictionary(
            uniqueKeysWithValues: Term.allCases.map { term in
                (term, KeyedIndex(keys.indexKey, purpose: "plate.\(term.rawValue)"))
            })
    }

    /// Tells only whether two texts are equal.
    func token(_ text: String, _ term: Term) -> String {
        let token = indexes[term]?.token(text) ?? []
        return Self.tokenMark + Data(token.prefix(8)).base64EncodedString().dropLast()
    }

    /// - Parameters:
    ///   - text: ends in no blank; its length is rounded up with blanks.
    ///   - row: the identifier of the row, or its primary key.
    func seal(_ text: String, _ table: Table, row: [UInt8]) throws(StorageError) -> [UInt8] {
        var bytes = Array(text.utf8)
        bytes += [UInt8](repeating: Self.blank, count: (table.step - bytes.count % table.step) % table.step)
        return try SealedValue.seal(bytes, Self.context(table, row), with: keys)
    }

    /// - Throws: `StorageError` `.damaged`, also for what is plain where everything has to be sealed.
    func open(_ bytes: [UInt8], _ table: Table, row: [UInt8]) throws(StorageError) -> String {
        do {
            let opened = try SealedValue.open(bytes, Self.context(table, row), with: keys)
            let end = opened.lastIndex { $0 != Self.blank }.map { $0 + 1 } ?? 0
            return String(decoding: opened[..<end], as: UTF8.self)
        } catch {
            guard error.code == .denied else { throw error }
            throw StorageError(.damaged, "a plate was sealed with another key")
        }
    }

    /// - Throws: `StorageError` `.damaged` where everything has to be sealed.
    func checkPlain(_ text: String) throws(StorageError) { _ = try open(Array(text.utf8), .detections, row: []) }

    private static let blank = UInt8(ascii: " ")

    private static func context(_ table: Table, _ row: [UInt8]) -> SealContext {
        .row(table: table.rawValue, column: "sealed", id: row)
    }
}
