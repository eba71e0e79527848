import AIBoxAPI
import Storage
import Vision

/// By what stored plates are found: their letters and digits as they are or, with a cipher, tokens that only tell what
/// is equal.
///
/// `plates` has each plate that was ever read once. `plate_suffixes` leads to it from a part:
///
/// - As they are, it has the plate's ends from the second character on that have at least three: a part is the
///   beginning of one of them, or of the plate.
/// - Tokens know no beginnings. It has those of every three characters in a row, the first two behind a mark for the
///   beginning, and the first alone: `^5`, `^51`, `51F`, `1F1` … A plate may have a longer part when it has all threes
///   of it (n-grams, as of PostgreSQL's pg_trgm); whether they stand where they have to is seen when it is opened.
struct PlateIndex: Sendable {
    /// `nil`: plates are plain.
    let cipher: PlateCipher?

    /// Plates with more characters are indexed by the first ones.
    static let lengthLimit = 32
    /// Plates that are opened at most to answer one pattern: some 10 µs each.
    private static let openLimit = 1000
    /// A part in the middle of a plate has to have as many to be looked for.
    private static let shortestPart = 3
    /// What stands before a plate, where a part is its beginning; in no plate.
    private static let beginning: Character = "^"

    /// Those whose rows there may be: while what is plain is being sealed, both.
    static func inUse(_ cipher: PlateCipher?, _ db: any SQLSession) throws -> [PlateIndex] {
        guard let cipher else { return [PlateIndex(cipher: nil)] }
        let keyed = PlateIndex(cipher: cipher)
        return try KeyStoreMark.isSealed(db) ? [keyed] : [keyed, PlateIndex(cipher: nil)]
    }

    /// What stands for a text in the database.
    func term(_ text: String, _ kind: PlateCipher.Term) -> String { cipher?.token(text, kind) ?? text }

    /// The rows of `plates` and `plate_suffixes` for a normalised plate.
    func entry(_ plate: String) throws(StorageError) -> SeenPlate {
        let start = String(plate.prefix(Self.lengthLimit))
        guard let cipher else {
            let ends = start.indices.dropFirst().map { String(start[$0...]) }
            return SeenPlate(key: start, sealed: nil, parts: ends.filter { $0.count >= Self.shortestPart })
        }
        let key = cipher.token(plate, .plate)
        let parts = [String(Self.beginning) + start.prefix(1)] + Self.threes(start, isBeginning: true)
        return SeenPlate(
            key: key, sealed: try cipher.seal(plate, .plates, row: Array(key.utf8)),
            parts: Set(parts).map { cipher.token($0, .part) })
    }

    // MARK: Patterns

    /// Whether whatever has the parts of the pattern matches it, so that no plate has to be opened for it.
    func isExact(_ pattern: PlateWildcards) -> Bool {
        if cipher == nil || pattern.isExact { return true }
        return switch (pattern.parts.first, pattern.parts.count, pattern.parts.last) {
        case (.text(let text), 2, .many): text.count < Self.shortestPart
        case (.many, 3, .many): pattern.longestText.count == Self.shortestPart
        default: false
        }
    }

    /// The keys of plates that may match, or `nil` when there are more than `limit` of them, or more than can be opened,
    /// or the pattern has no text that is long enough.
    func candidates(_ pattern: PlateWildcards, limit: Int, _ db: any SQLSession) throws -> [String]? {
        if let text = pattern.exactText { return [term(text, .plate)] }
        guard let select = try lookUp(pattern, limit: limit, db) else { return nil }
        let most = isExact(pattern) ? limit : min(limit, Self.openLimit)
        let found: [String] = try db.values(select.sql + " LIMIT ?", select.values + [most + 1])
        return found.count > most ? nil : found
    }

    /// Selects the keys of plates that may match; `nil` as above.
    func lookUp(
        _ pattern: PlateWildcards, limit: Int, _ db: any SQLSession
    ) throws -> DetectionFilter.Condition? {
        cipher == nil ? plain(pattern) : try keyed(pattern, limit: limit, db)
    }

    /// What the `plate_key` of a detection that matches meets; others may meet it too where it is a token.
    func condition(_ pattern: PlateWildcards, _ dialect: SQLDialect) -> DetectionFilter.Condition {
        guard cipher == nil else {
            let terms = parts(of: pattern)
            let parts = terms.map { _ in " AND EXISTS (\(Self.part) AND plate = plate_key)" }.joined()
            return .init(sql: "plate_key >= '\(PlateCipher.tokenMark)'\(parts)", values: terms)
        }
        return switch dialect {
        case .sqlite: .init(sql: "plate_key GLOB ?", values: [pattern.glob])
        case .postgres: .init(sql: "plate_key LIKE ?", values: [pattern.like])
        }
    }

    private static let part = "SELECT 1 FROM plate_suffixes WHERE suffix = ?"

    /// Plates with the beginning, or with the longest text anywhere.
    private func plain(_ pattern: PlateWildcards) -> DetectionFilter.Condition? {
        let plates = "SELECT plate FROM plates WHERE plate >= ? AND plate < ?"
        if let prefix = pattern.prefix { return .init(sql: plates, values: Self.range(prefix)) }
        let text = pattern.longestText
        guard text.count >= Self.shortestPart else { return nil }
        return .init(
            sql: "\(plates) UNION SELECT plate FROM plate_suffixes WHERE suffix >= ? AND suffix < ?",
            values: Self.range(text) + Self.range(text))
    }

    /// Plates that have all parts, beginning with the rarest.
    private func keyed(
        _ pattern: PlateWildcards, limit: Int, _ db: any SQLSession
    ) throws -> DetectionFilter.Condition? {
        var terms = parts(of: pattern)
        var rarest: (position: Int, count: Int)?
        for (position, term) in terms.enumerated() {
            let count = "SELECT count(*) FROM (\(Self.part) LIMIT \(limit + 1)) AS rows"
            let found: Int = try db.value(count, [term]) ?? 0
            if found < rarest?.count ?? .max { rarest = (position, found) }
        }
        guard let rarest, rarest.count <= limit else { return nil }
        terms.swapAt(0, rarest.position)
        let others = terms.dropFirst().map { _ in " AND EXISTS (\(Self.part) AND plate = seen.plate)" }.joined()
        return .init(sql: "SELECT plate FROM plate_suffixes AS seen WHERE suffix = ?\(others)", values: terms)
    }

    /// Tokens of the parts that a plate must have to match.
    private func parts(of pattern: PlateWildcards) -> [String] {
        var parts: Set<String> = []
        for (position, part) in pattern.parts.enumerated() {
            guard case .text(let text) = part else { continue }
            let threes = Self.threes(String(text.prefix(Self.lengthLimit)), isBeginning: position == 0)
            parts.formUnion(threes.isEmpty && position == 0 ? [String(Self.beginning) + text] : threes)
        }
        return parts.map { term($0, .part) }.sorted()
    }

    private static func threes(_ text: String, isBeginning: Bool) -> [String] {
        let characters = (isBeginning ? [beginning] : []) + Array(text)
        guard characters.count >= shortestPart else { return [] }
        return (0...characters.count - shortestPart).map { String(characters[$0..<$0 + shortestPart]) }
    }

    /// What begins with `prefix` is at least the first and less than the second: letters and digits come before `[`.
    private static func range(_ prefix: String) -> [any SQLConvertible] { [prefix, prefix + "["] }
}
