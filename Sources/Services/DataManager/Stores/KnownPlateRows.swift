import AIBoxAPI
import GRDB
import Vision

extension KnownPlate {
    /// Does nothing when the entry is there already: the caller has repeated a call whose answer was lost.
    ///
    /// - Throws: `Problem` 409 when another entry normalises alike.
    func insert(_ db: Database) throws {
        guard try Self.find(id, db) == nil else { return }
        try Self.refuse(plateNumber, takenFrom: id, db)
        let insert = """
            INSERT INTO known_plates (id, plate_number, normalized, label, list, notes, created_at, updated_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """
        try db.cachedStatement(sql: insert).execute(arguments: [
            id, plateNumber, PlateText.normalized(plateNumber), label, list.rawValue, notes, createdAt, updatedAt,
        ])
    }

    static func find(_ id: UUIDv7, _ db: Database) throws -> KnownPlate? {
        let select = try db.cachedStatement(sql: "SELECT * FROM known_plates WHERE id = ?")
        return try Row.fetchOne(select, arguments: [id]).map(KnownPlate.init(row:))
    }

    static func find(normalized: String, _ db: Database) throws -> KnownPlate? {
        let select = try db.cachedStatement(sql: "SELECT * FROM known_plates WHERE normalized = ?")
        return try Row.fetchOne(select, arguments: [normalized]).map(KnownPlate.init(row:))
    }

    /// Newest first; `before` is the last one of the page before.
    static func page(_ query: KnownPlateQuery, before: UUIDv7?, _ db: Database) throws -> Page<KnownPlate> {
        var (conditions, arguments): ([String], [any DatabaseValueConvertible]) = ([], [])
        if let list = query.list {
            conditions.append("list = ?")
            arguments.append(list.rawValue)
        }
        if let before {
            conditions.append("id < ?")
            arguments.append(before)
        }
        arguments.append(query.limit + 1)
        let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        let sql = "SELECT * FROM known_plates \(filter) ORDER BY id DESC LIMIT ?"
        var plates = try Row.fetchAll(db.cachedStatement(sql: sql), arguments: StatementArguments(arguments))
            .map(KnownPlate.init(row:))
        let hasMore = plates.count > query.limit
        if hasMore { plates.removeLast() }
        return Page(items: plates, nextCursor: hasMore ? plates.last.map { PageCursor.text($0.id) } : nil)
    }

    /// - Throws: `Problem` 409 when another entry normalises alike.
    static func update(_ id: UUIDv7, _ change: KnownPlateChange, _ db: Database) throws -> KnownPlate? {
        guard var plate = try find(id, db) else { return nil }
        plate.plateNumber = change.plateNumber ?? plate.plateNumber
        plate.label = change.label ?? plate.label
        plate.list = change.list ?? plate.list
        if let notes = change.notes { plate.notes = notes }
        plate.updatedAt = .now
        try refuse(plate.plateNumber, takenFrom: id, db)
        let update = """
            UPDATE known_plates SET plate_number = ?, normalized = ?, label = ?, list = ?, notes = ?, updated_at = ?
            WHERE id = ?
            """
        try db.cachedStatement(sql: update).execute(arguments: [
            plate.plateNumber, PlateText.normalized(plate.plateNumber), plate.label, plate.list.rawValue, plate.notes,
            plate.updatedAt, id,
        ])
        return plate
    }

    /// Whether there was such an entry.
    static func delete(_ id: UUIDv7, _ db: Database) throws -> Bool {
        try db.execute(sql: "DELETE FROM known_plates WHERE id = ?", arguments: [id])
        return db.changesCount > 0
    }

    private static func refuse(_ number: String, takenFrom id: UUIDv7, _ db: Database) throws {
        guard let other = try find(normalized: PlateText.normalized(number), db), other.id != id else { return }
        throw Problem(
            409, "Conflict",
            detail: "\(other.plateNumber), which is in the list already, is the same by its letters and digits.")
    }

    init(row: Row) throws {
        guard let list = PlateList(rawValue: row["list"]) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "unknown list of a plate")
        }
        self.init(
            id: row["id"], plateNumber: row["plate_number"], label: row["label"], list: list, notes: row["notes"],
            createdAt: row["created_at"], updatedAt: row["updated_at"])
    }
}
