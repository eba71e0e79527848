import AIBoxAPI
import Foundation
import Storage

extension Person {
    static func select(_ db: any SQLSession) -> String {
        """
        SELECT p.id, p.created_at, p.updated_at, s.content,
            (SELECT count(*) FROM faces WHERE person_id = p.id AND kind = 'face') AS faces
        FROM persons AS p \(db.dialect.orderedJoin) sealed AS s ON s.slot = p.text_slot
        """
    }

    /// Does nothing when the person is there already: the caller has repeated a call whose answer was lost.
    ///
    /// - Throws: `Problem` 409 when the caller's key is taken.
    func insert(_ bytes: Data, _ db: any SQLSession, sealing cipher: GalleryCipher) throws {
        guard try !Self.exists(id, db) else { return }
        if let externalID { try Self.refuse(externalID, takenFrom: id, db, cipher) }
        let text = try cipher.seal(bytes, .text, of: id, row: id.bytes)
        let insert = """
            INSERT INTO persons (id, text_slot, external_hash, created_at, updated_at) VALUES (?, ?, ?, ?, ?)
            """
        try db.execute(
            insert,
            [
                id, try SealedBytes.put(text, db), externalID.map(cipher.hash), createdAt, updatedAt,
            ])
        try EventRows.append(GalleryChanged(.personCreated, person: id), db)
    }

    static func exists(_ id: UUIDv7, _ db: any SQLSession) throws -> Bool {
        try db.exists("SELECT 1 FROM persons WHERE id = ?", [id])
    }

    static func find(_ id: UUIDv7, _ db: any SQLSession, _ cipher: GalleryCipher) throws -> Person? {
        try db.row("\(select(db)) WHERE p.id = ?", [id]).flatMap { try Person(row: $0, cipher) }
    }

    static func name(_ id: UUIDv7, _ db: any SQLSession, _ cipher: GalleryCipher) throws -> String? {
        let select = "SELECT content FROM sealed WHERE slot = (SELECT text_slot FROM persons WHERE id = ?)"
        return try db.value(select, [id], as: Data.self).flatMap { try PersonText.name(in: $0, of: id, cipher) }
    }

    /// - Throws: `Problem` 409 when the caller's key is taken, 422 for metadata beyond the bounds.
    static func update(
        _ id: UUIDv7, _ change: PersonChange, _ db: any SQLSession, _ cipher: GalleryCipher
    ) throws -> Person? {
        guard var person = try find(id, db, cipher) else { return nil }
        person.name = change.name ?? person.name
        person.metadata = change.metadata ?? person.metadata
        if let externalID = change.externalID {
            if let externalID { try refuse(externalID, takenFrom: id, db, cipher) }
            person.externalID = externalID
        }
        let text = PersonText(person)
        (person.name, person.updatedAt) = (text.name, .now)
        let sealed = try cipher.seal(text.bytes(), .text, of: id, row: id.bytes)
        let update = "UPDATE persons SET text_slot = ?, external_hash = ?, updated_at = ? WHERE id = ?"
        try db.execute(
            update,
            [
                try SealedBytes.put(sealed, db), person.externalID.map(cipher.hash), person.updatedAt, id,
            ])
        try EventRows.append(GalleryChanged(.personUpdated, person: id), db)
        return person
    }

    /// Triggers delete what belongs to the person. Returns whether there was one, or one whose key is still to be erased.
    static func delete(_ id: UUIDv7, _ db: any SQLSession, _ cipher: GalleryCipher) throws -> Bool {
        let isThere = try db.update("DELETE FROM persons WHERE id = ?", [id]) > 0
        if isThere { try EventRows.append(GalleryChanged(.personDeleted, person: id), db) }
        guard cipher.isOn else { return isThere }
        if isThere { try Erasures.note(id, db) }
        return try isThere || Erasures.isDue(id, db)
    }

    private static func refuse(
        _ externalID: String, takenFrom id: UUIDv7, _ db: any SQLSession, _ cipher: GalleryCipher
    ) throws {
        let alike = "\(select(db)) WHERE p.external_hash IN (?, ?) AND p.id <> ?"
        let isTaken = try db.rows(alike, cipher.hashes(externalID) + [id])
            .contains { try Person(row: $0, cipher)?.hasKey(externalID) ?? false }
        guard !isTaken else { throw Problem(409, "Conflict", detail: "Another person has this external_id.") }
    }

    /// Byte by byte; `==` takes different spellings of a character for one.
    func hasKey(_ key: String) -> Bool { externalID.map { $0.utf8.elementsEqual(key.utf8) } ?? false }

    /// `nil`: the person has been deleted since this snapshot.
    init?(row: SQLRow, _ cipher: GalleryCipher) throws {
        let id: UUIDv7 = try row.get("id")
        guard let bytes = try cipher.open(row.get("content"), .text, of: id, row: id.bytes) else { return nil }
        let text = try PersonText(bytes: bytes)
        self.init(
            id: id, name: text.name, externalID: text.externalID, metadata: text.metadata,
            faceCount: try row.get("faces"), createdAt: try row.get("created_at"), updatedAt: try row.get("updated_at"))
    }
}
