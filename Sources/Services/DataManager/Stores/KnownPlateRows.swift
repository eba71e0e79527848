import AIBoxAPI
import Storage
import Vision

extension KnownPlate {
    /// Does nothing when the entry is there already: the caller has repeated a call whose answer was lost.
    ///
    /// - Throws: `Problem` 409 when another entry normalises alike.
    func insert(_ db: any SQLSession, _ cipher: PlateCipher?) throws {
        guard try Self.find(id, db, cipher) == nil else { return }
        try Self.refuse(plateNumber, takenFrom: id, db, cipher)
        let insert = """
            INSERT INTO known_plates (id, list, created_at, updated_at, plate_number, normalized, label, notes, sealed)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        try db.execute(insert, [id, list.rawValue, createdAt, updatedAt] + texts(cipher))
        try EventRows.append(KnownPlatesChanged(.created, plate: id, list: list), db)
    }

    static func find(_ id: UUIDv7, _ db: any SQLSession, _ cipher: PlateCipher?) throws -> KnownPlate? {
        try db.row("SELECT * FROM known_plates WHERE id = ?", [id]).map { try KnownPlate(row: $0, cipher) }
    }

    /// Those that normalise to one of the texts.
    static func find(normalized texts: [String], _ db: any SQLSession, _ cipher: PlateCipher?) throws -> [KnownPlate] {
        let terms = try PlateIndex.inUse(cipher, db).flatMap { index in texts.map { index.term($0, .known) } }
        let select = "SELECT * FROM known_plates WHERE normalized IN (SELECT value FROM \(db.dialect.texts))"
        return try db.rows(select, [SQLDialect.list(terms)]).map { try KnownPlate(row: $0, cipher) }
    }

    /// Newest first; `before` is the last one of the page before.
    static func page(
        _ query: KnownPlateQuery, before: UUIDv7?, _ db: any SQLSession, _ cipher: PlateCipher?
    ) throws -> Page<KnownPlate> {
        var filter = RowFilter()
        filter.add("list = ?", query.list?.rawValue)
        return try filter.page(
            of: "known_plates", before: before, limit: query.limit, db, { try KnownPlate(row: $0, cipher) }, id: \.id)
    }

    /// - Throws: `Problem` 409 when another entry normalises alike.
    static func update(
        _ id: UUIDv7, _ change: KnownPlateChange, _ db: any SQLSession, _ cipher: PlateCipher?
    ) throws -> KnownPlate? {
        guard var plate = try find(id, db, cipher) else { return nil }
        plate.plateNumber = change.plateNumber ?? plate.plateNumber
        plate.label = change.label ?? plate.label
        plate.list = change.list ?? plate.list
        if let notes = change.notes { plate.notes = notes }
        plate.updatedAt = .now
        try refuse(plate.plateNumber, takenFrom: id, db, cipher)
        try db.execute(
            "UPDATE known_plates SET list = ?, updated_at = ? WHERE id = ?", [plate.list.rawValue, plate.updatedAt, id])
        try plate.updateTexts(db, cipher)
        try EventRows.append(KnownPlatesChanged(.updated, plate: id, list: plate.list), db)
        return plate
    }

    /// Writes its texts anew: sealed, where there is a cipher.
    func updateTexts(_ db: any SQLSession, _ cipher: PlateCipher?) throws {
        let update = """
            UPDATE known_plates SET plate_number = ?, normalized = ?, label = ?, notes = ?, sealed = ? WHERE id = ?
            """
        try db.execute(update, texts(cipher) + [id])
    }

    /// Whether there was such an entry.
    static func delete(_ id: UUIDv7, _ db: any SQLSession) throws -> Bool {
        guard try db.update("DELETE FROM known_plates WHERE id = ?", [id]) > 0 else { return false }
        try EventRows.append(KnownPlatesChanged(.deleted, plate: id), db)
        return true
    }

    private static func refuse(
        _ number: String, takenFrom id: UUIDv7, _ db: any SQLSession, _ cipher: PlateCipher?
    ) throws {
        let alike = try find(normalized: [PlateText.normalized(number)], db, cipher)
        guard let other = alike.first(where: { $0.id != id }) else { return }
        throw Problem(
            409, "Conflict",
            detail: "\(other.plateNumber), which is in the list already, is the same by its letters and digits.")
    }

    // MARK: What is sealed

    /// What `sealed` holds, as JSON.
    private struct Texts: Codable {
        let plateNumber: String
        let label: String
        let notes: String?
    }

    /// The columns `plate_number`, `normalized`, `label`, `notes` and `sealed`.
    private func texts(_ cipher: PlateCipher?) throws -> [any SQLConvertible] {
        let normalized = PlateIndex(cipher: cipher).term(PlateText.normalized(plateNumber), .known)
        guard let cipher else { return [plateNumber, normalized, label, notes, [UInt8]?.none] }
        let json = try JSONColumn.text(
            Texts(plateNumber: plateNumber, label: label, notes: notes), field: "notes", limit: .max)
        return ["", normalized, "", String?.none, try cipher.seal(json, .knownPlates, row: id.bytes)]
    }

    init(row: SQLRow, _ cipher: PlateCipher?) throws {
        guard let list = PlateList(rawValue: try row.get("list")) else {
            throw StorageError(.damaged, "unknown list of a plate")
        }
        let id: UUIDv7 = try row.get("id")
        let texts: Texts
        if let sealed: [UInt8] = try row.get("sealed"), let cipher {
            texts = try JSONColumn.value(cipher.open(sealed, .knownPlates, row: id.bytes))
        } else {
            texts = Texts(
                plateNumber: try row.get("plate_number"), label: try row.get("label"), notes: try row.get("notes"))
            try cipher?.checkPlain(texts.plateNumber)
        }
        self.init(
            id: id, plateNumber: texts.plateNumber, label: texts.label, list: list, notes: texts.notes,
            createdAt: try row.get("created_at"), updatedAt: try row.get("updated_at"))
    }
}
