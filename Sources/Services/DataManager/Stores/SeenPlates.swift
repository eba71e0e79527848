import AIBoxAPI
import Storage
import Vision

/// The rows of `plates` and `plate_suffixes` for a plate that was read, made ready outside the transaction that all
/// writes share.
struct SeenPlate: Sendable {
    /// The plate, or its token.
    let key: String
    /// `nil`: the key says it.
    let sealed: [UInt8]?
    /// What leads to it in `plate_suffixes`.
    let parts: [String]

    /// Does nothing for one that is there.
    func insert(_ db: any SQLSession) throws(StorageError) {
        if let sealed {
            try db.execute("INSERT INTO plates (plate, sealed) VALUES (?, ?) ON CONFLICT DO NOTHING", [key, sealed])
        } else {
            try db.execute("INSERT INTO plates (plate) VALUES (?) ON CONFLICT DO NOTHING", [key])
        }
        for part in parts {
            try db.execute(
                "INSERT INTO plate_suffixes (suffix, plate) VALUES (?, ?) ON CONFLICT DO NOTHING", [part, key])
        }
    }
}

/// Leads from a pattern or a misread plate to plates that are in `detections`.
struct SeenPlates {
    private let cipher: PlateCipher?
    private let indexes: [PlateIndex]

    init(_ cipher: PlateCipher?, _ db: any SQLSession) throws {
        (self.cipher, indexes) = (cipher, try PlateIndex.inUse(cipher, db))
    }

    /// The keys of the plates that match, or `nil` when more than `limit` would have to be looked at, or the pattern
    /// has no text that is long enough for the index.
    func keys(_ pattern: PlateWildcards, limit: Int, _ db: any SQLSession) throws -> [String]? {
        var found: [String] = []
        for index in indexes {
            guard let candidates = try index.candidates(pattern, limit: limit, db) else { return nil }
            found += candidates
        }
        return pattern.isExact || cipher != nil && isExact(pattern) ? found : try matching(pattern, in: found, db)
    }

    /// What the `plate_key` of a detection that matches meets, and whether it may be met by others.
    func condition(
        _ pattern: PlateWildcards, _ dialect: SQLDialect
    ) -> (condition: DetectionFilter.Condition, isExact: Bool) {
        let all = indexes.map { $0.condition(pattern, dialect) }
        let sql = all.map { "(\($0.sql))" }.joined(separator: " OR ")
        return (.init(sql: all.count > 1 ? "(\(sql))" : sql, values: all.values), isExact: isExact(pattern))
    }

    private func isExact(_ pattern: PlateWildcards) -> Bool { indexes.allSatisfy { $0.isExact(pattern) } }

    /// Those of the keys whose plates match; tokens are looked up and opened.
    func matching(_ pattern: PlateWildcards, in keys: [String], _ db: any SQLSession) throws -> [String] {
        guard let cipher else { return keys.filter(pattern.matches) }
        let plain = keys.filter { !$0.hasPrefix(PlateCipher.tokenMark) }.filter(pattern.matches)
        let select = "SELECT plate, sealed FROM plates WHERE plate IN (SELECT value FROM \(db.dialect.texts))"
        let rows = try db.rows(select, [SQLDialect.list(keys)])
        return try plain
            + rows.compactMap { row in
                let key: String = try row.get("plate")
                guard let sealed: [UInt8] = try row.get("sealed") else { return nil }
                return pattern.matches(try cipher.open(sealed, .plates, row: Array(key.utf8))) ? key : nil
            }
    }

    /// What leads to a plate in `plate_suffixes`; empty when it is gone.
    func parts(of key: String, _ db: any SQLSession) throws -> [String] {
        guard key.hasPrefix(PlateCipher.tokenMark), let cipher else {
            return try PlateIndex(cipher: nil).entry(key).parts
        }
        let sealed: [UInt8]? = try db.value("SELECT sealed FROM plates WHERE plate = ?", [key])
        guard let sealed else { return [] }
        return try PlateIndex(cipher: cipher).entry(cipher.open(sealed, .plates, row: Array(key.utf8))).parts
    }

    /// What stands for the skeletons of stored detections that are at most one character away from that of `plate`.
    func skeletons(near plate: String, _ db: any SQLSession) throws -> [String] {
        let neighbours = PlateText.neighbours(ofSkeleton: PlateText.skeleton(plate))
        let wanted = indexes.flatMap { index in neighbours.map { index.term($0, .skeleton) } }
        let select = """
            SELECT value FROM \(db.dialect.texts) WHERE EXISTS (SELECT 1 FROM detections WHERE plate_skeleton = value)
            """
        return try db.values(select, [SQLDialect.list(wanted)])
    }
}

extension SQLDialect {
    /// A table with the one column `value` from a JSON list of texts, which is its argument.
    var texts: String {
        switch self {
        case .sqlite: "json_each(?)"
        case .postgres: "jsonb_array_elements_text(?::jsonb) AS texts (value)"
        }
    }

    /// The argument of `texts`.
    static func list(_ texts: [String]) throws(Problem) -> String {
        try JSONColumn.text(texts, field: "plate", limit: .max)
    }
}
