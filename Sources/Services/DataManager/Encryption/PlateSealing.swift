import AIBoxAPI
import Storage

/// Seals, some at a time, plates that are plain from before there was a key. It may be cut off anywhere and begun
/// again: what is sealed already is passed over, and each is found all the while, in the one form or in the other.
struct PlateSealing {
    /// Opens what is not sealed, and seals it.
    let cipher: GalleryCipher

    /// Detections that may tell of a plate, by the index that has them in the order of time.
    enum Rows: CaseIterable {
        case readings, others

        fileprivate var condition: String {
            switch self {
            case .readings: "task = 'plates'"
            case .others: "plate_key IS NOT NULL AND plate_key < '\(PlateCipher.tokenMark)'"
            }
        }
    }

    /// - Parameter after: the last one of the step before.
    /// - Returns: the last one that was looked at, and how many were sealed; `nil`: there are no more.
    func detections(
        _ rows: Rows, after: PageCursor.Position?, limit: Int, _ db: any SQLSession
    ) throws -> (last: PageCursor.Position, sealed: Int)? {
        let newer = after == nil ? "" : " AND (captured_at, id) > (?, ?)"
        let select = """
            SELECT \(DetectionRecord.columns) FROM detections WHERE \(rows.condition)\(newer)
            ORDER BY captured_at, id LIMIT ?
            """
        let position: [any SQLConvertible] = after.map { [$0.capturedAt, $0.id] } ?? []
        let found = try db.rows(select, position + [limit])
        guard let last = found.last else { return nil }
        let plain = try found.filter { try $0.get("sealed", as: [UInt8]?.self) == nil }
        for row in plain { try seal(DetectionRecord(row: row, cipher), db) }
        return (.init(capturedAt: try last.get("captured_at"), id: try last.get("id")), plain.count)
    }

    private func seal(_ item: DetectionRecord, _ db: any SQLSession) throws {
        let columns = try PlateColumns(item, cipher.plates)
        let assignments = PlateColumns.names.map { "\($0) = ?" }.joined(separator: ", ")
        try db.execute("UPDATE detections SET \(assignments) WHERE id = ?", columns.values + [item.id])
        try columns.seen?.insert(db)
    }

    /// - Returns: how many were sealed; 0: there are no more.
    func knownPlates(limit: Int, _ db: any SQLSession) throws -> Int {
        let plain = try db.rows("SELECT * FROM known_plates WHERE sealed IS NULL LIMIT ?", [limit])
        for row in plain { try KnownPlate(row: row, cipher.plates).updateTexts(db, cipher.plates) }
        return plain.count
    }

    /// Takes away plain rows of the index, which lead to no detection any more.
    ///
    /// - Returns: how many; 0: there are no more.
    func removePlainIndex(limit: Int, _ db: any SQLSession) throws -> Int {
        let plain = "SELECT suffix, plate FROM plate_suffixes WHERE suffix < ? LIMIT ?"
        let values: [any SQLConvertible] = [PlateCipher.tokenMark, limit]
        return try db.update("DELETE FROM plate_suffixes WHERE (suffix, plate) IN (\(plain))", values)
            + db.update(
                "DELETE FROM plates WHERE plate IN (SELECT plate FROM plates WHERE plate < ? LIMIT ?)", values)
    }

    /// Whether there is anything that is yet to be sealed.
    static func isDone(_ db: any SQLSession) throws -> Bool {
        let plain = [
            "plates WHERE plate < '\(PlateCipher.tokenMark)'", "known_plates WHERE sealed IS NULL",
        ]
        return try !plain.contains { try db.exists("SELECT 1 FROM \($0) LIMIT 1") }
    }
}
