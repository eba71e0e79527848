import AIBoxAPI
import Storage
import Vision

extension KnownPlate {
    /// Does nothing when the entry is there already: the caller has repeated a call whose answer was lost.
    ///
    /// - Throws: `Problem` 409 when another entry normalises alike.
    func insert(_ db: any SQLSession) throws {
        guard try Self.find(id, db) == nil else { return }
        try Self.refuse(plateNumber, takenFrom: id, db)
        let insert = """
            INSERT INTO known_plates (id, plate_number, normalized, label, list, notes, created_at, updated_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """
        try db.execute(
            insert,
            [
                id, plateNumber, PlateText.normalized(plateNumber), label, list.rawValue, notes, createdAt, updatedAt,
            ])
        try EventRows.append(KnownPlatesChanged(.created, plate: id, list: list), db)
    }

    static func find(_ id: UUIDv7, _ db: any SQLSession) throws -> KnownPlate? {
        try db.row("SELECT * FROM known_plates WHERE id = ?", [id]).map(KnownPlate.init(row:))
    }

    static func find(normalized: String, _ db: any SQLSession) throws -> KnownPlate? {
        try db.row("SELECT * FROM known_plates WHERE normalized = ?", [normalized]).map(KnownPlate.init(row:))
    }

    /// Newest first; `before` is the last one of the page before.
    static func page(_ query: KnownPlateQuery, before: UUIDv7?, _ db: any SQLSession) throws -> Page<KnownPlate> {
        var filter = RowFilter()
        filter.add("list = ?", query.list?.rawValue)
        return try filter.page(
            of: "known_plates", before: before, limit: query.limit, db, KnownPlate.init(row:), id: \.id)
    }

    /// - Throws: `Problem` 409 when another entry normalises alike.
    static func update(_ id: UUIDv7, _ change: KnownPlateChange, _ db: any SQLSession) throws -> KnownPlate? {
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
        try db.execute(
            update,
            [
                plate.plateNumber, PlateText.normalized(plate.plateNumber), plate.label, plate.list.rawValue,
                plate.notes,
                plate.updatedAt, id,
            ])
        try EventRows.append(KnownPlatesChanged(.updated, plate: id, list: plate.list), db)
        return plate
    }

    /// Whether there was such an entry.
    static func delete(_ id: UUIDv7, _ db: any SQLSession) throws -> Bool {
        guard try db.update("DELETE FROM known_plates WHERE id = ?", [id]) > 0 else { return false }
        try EventRows.append(KnownPlatesChanged(.deleted, plate: id), db)
        return true
    }

    private static func refuse(_ number: String, takenFrom id: UUIDv7, _ db: any SQLSession) throws {
        guard let other = try find(normalized: PlateText.normalized(number), db), other.id != id else { return }
        throw Problem(
            409, "Conflict",
            detail: "\(other.plateNumber), which is in the list already, is the same by its letters and digits.")
    }

    init(row: SQLRow) throws {
        guard let list = PlateList(rawValue: try row.get("list")) else {
            throw StorageError(.damaged, "unknown list of a plate")
        }
        self.init(
            id: try row.get("id"), plateNumber: try row.get("plate_number"), label: try row.get("label"), list: list,
            notes: try row.get("notes"),
            createdAt: try row.get("created_at"), updatedAt: try row.get("updated_at"))
    }
}
