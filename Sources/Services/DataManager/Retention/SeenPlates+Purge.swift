import AIBoxAPI
import Storage

extension SeenPlates {
    /// Plates that one step looks at.
    private static let purgeStep = 500

    /// Whether any stored detection has the plate: `plates` has the beginning of those that are longer.
    private static let isSeen = """
        (EXISTS (SELECT 1 FROM detections WHERE plate_key = plates.plate)
        OR length(plates.plate) = \(PlateIndex.lengthLimit)
            AND EXISTS (SELECT 1 FROM detections WHERE plate_key >= plates.plate AND plate_key < plates.plate || '['))
        """

    /// The plates after `last` that one step looks at, and those of them that no detection has any more.
    ///
    /// - Returns: the last one looked at; `nil`: there are no more.
    static func unseen(after last: String, _ db: any SQLSession) throws -> (last: String?, unseen: [String]) {
        let select = """
            SELECT plate, CASE WHEN \(isSeen) THEN 1 ELSE 0 END AS is_seen FROM plates
            WHERE plate > ? ORDER BY plate LIMIT \(purgeStep)
            """
        let rows = try db.rows(select, [last])
        return (try rows.last?.get("plate"), try rows.filter { try !$0.get("is_seen") }.map { try $0.get("plate") })
    }

    /// Removes plates, unless a detection has them again. Returns how many went.
    func remove(_ keys: [String], _ db: any SQLSession) throws -> Int {
        try keys.count { key in
            let parts = try parts(of: key, db)
            guard try db.update("DELETE FROM plates WHERE plate = ? AND NOT \(Self.isSeen)", [key]) > 0 else {
                return false
            }
            for part in parts {
                try db.execute("DELETE FROM plate_suffixes WHERE suffix = ? AND plate = ?", [part, key])
            }
            return true
        }
    }
}
