import AIBoxAPI
import Storage
import Vision

/// The plates that were ever seen: `plates` has each once, `plate_suffixes` its ends from the second character on that
/// have at least three. They lead from a pattern or a misread plate to plates that are in `detections`.
enum SeenPlates {
    /// Plates with more characters are indexed by the first ones.
    private static let lengthLimit = 32
    static let shortestSuffix = 3

    /// Adds a normalised plate. Does nothing for one that is there.
    static func insert(_ plate: String, _ db: any SQLSession) throws {
        let plate = String(plate.prefix(lengthLimit))
        try db.execute("INSERT INTO plates (plate) VALUES (?) ON CONFLICT DO NOTHING", [plate])
        var suffix = plate.dropFirst()
        while suffix.count >= shortestSuffix {
            try db.execute(
                "INSERT INTO plate_suffixes (suffix, plate) VALUES (?, ?) ON CONFLICT DO NOTHING",
                [String(suffix), plate])
            suffix = suffix.dropFirst()
        }
    }

    /// The plates that match, or `nil` when more than `limit` would have to be looked at, or the pattern has no text
    /// that is long enough for the index.
    static func plates(_ pattern: PlateWildcards, limit: Int, _ db: any SQLSession) throws -> [String]? {
        if let text = pattern.exactText { return [text] }
        let found: [String]
        if let prefix = pattern.prefix {
            found = try db.values(
                "SELECT plate FROM plates WHERE plate >= ? AND plate < ? LIMIT ?", range(prefix) + [limit + 1])
        } else {
            let text = pattern.longestText
            guard text.count >= shortestSuffix else { return nil }
            let select = """
                SELECT plate FROM plates WHERE plate >= ? AND plate < ?
                UNION SELECT plate FROM plate_suffixes WHERE suffix >= ? AND suffix < ? LIMIT ?
                """
            found = try db.values(select, range(text) + range(text) + [limit + 1])
        }
        return found.count > limit ? nil : found.filter(pattern.matches)
    }

    /// The skeletons of stored detections that are at most one character away from that of `plate`.
    static func skeletons(near plate: String, _ db: any SQLSession) throws -> [String] {
        let wanted = PlateText.neighbours(ofSkeleton: PlateText.skeleton(plate))
        let select = """
            SELECT value FROM \(db.dialect.texts) WHERE EXISTS (SELECT 1 FROM detections WHERE plate_skeleton = value)
            """
        return try db.values(select, [JSONColumn.text(wanted, field: "plate")])
    }

    /// What begins with `prefix` is at least the first and less than the second: letters and digits come before `[`.
    private static func range(_ prefix: String) -> [any SQLConvertible] { [prefix, prefix + "["] }
}

extension SQLDialect {
    /// A table with the one column `value` from a JSON list of texts, which is its argument.
    var texts: String {
        switch self {
        case .sqlite: "json_each(?)"
        case .postgres: "jsonb_array_elements_text(?::jsonb) AS texts (value)"
        }
    }
}
