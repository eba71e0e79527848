import AIBoxAPI
import Foundation
import ServiceClients
import Storage

/// Seals, person by person, what is plain from before there was a key. It may be cut off anywhere and begun again: what
/// is sealed already is passed over.
struct SealingPass {
    let cipher: GalleryCipher

    /// Seals what is plain of the next `limit` persons.
    ///
    /// - Returns: the last of them, and how many values were sealed; `nil`: there are no more persons.
    func step(after: UUIDv7?, limit: Int, _ db: any SQLSession) throws -> (last: UUIDv7, sealed: Int)? {
        let clause = after == nil ? "" : "WHERE id > ? "
        let arguments: [any SQLConvertible] = after.map { [$0, limit] } ?? [limit]
        let persons = try db.values("SELECT id FROM persons \(clause)ORDER BY id LIMIT ?", arguments, as: UUIDv7.self)
        guard let last = persons.last else { return nil }
        var sealed = 0
        for person in persons { sealed += try text(person, db) + crops(person, db) + vectors(person, db) }
        return (last, sealed)
    }

    /// The trigger of `persons` frees the old slot.
    private func text(_ person: UUIDv7, _ db: any SQLSession) throws -> Int {
        let select = """
            SELECT content FROM sealed WHERE slot = (SELECT text_slot FROM persons WHERE id = ?)
            """
        guard let plain = try plain(db.value(select, [person])) else { return 0 }
        let sealed = try cipher.seal(plain, .text, of: person, row: person.bytes)
        try db.execute(
            "UPDATE persons SET text_slot = ?, external_hash = ? WHERE id = ?",
            [try SealedBytes.put(sealed, db), try PersonText(bytes: plain).externalID.map(cipher.hash), person])
        return 1
    }

    private func crops(_ person: UUIDv7, _ db: any SQLSession) throws -> Int {
        let select = """
            SELECT f.id, s.slot, s.content FROM faces AS f JOIN sealed AS s ON s.slot = f.crop_slot
            WHERE f.person_id = ?
            """
        let rows = try db.rows(select, [person])
        var count = 0
        for row in rows {
            guard let plain = try plain(row.get("content")) else { continue }
            let (face, slot): (UUIDv7, Int64) = (try row.get("id"), try row.get("slot"))
            let sealed = try cipher.seal(plain, .crop, of: person, row: face.bytes)
            try db.execute("UPDATE faces SET crop_slot = ? WHERE id = ?", [try SealedBytes.put(sealed, db), face])
            try SealedBytes.free(slot, db)
            count += 1
        }
        return count
    }

    private func vectors(_ person: UUIDv7, _ db: any SQLSession) throws -> Int {
        let select = """
            SELECT t.face_id, t.model_sha256, s.slot, s.content FROM faces AS f JOIN templates AS t ON t.face_id = f.id
            JOIN sealed AS s ON s.slot = t.vector_slot WHERE f.person_id = ?
            """
        var count = 0
        for row in try db.rows(select, [person]) {
            guard let plain = try plain(row.get("content")) else { continue }
            let (face, slot): (UUIDv7, Int64) = (try row.get("face_id"), try row.get("slot"))
            let model: String = try row.get("model_sha256")
            let name = FaceTemplate.row(face: face, modelSHA256: model)
            let sealed = try SealedBytes.put(cipher.seal(plain, .vector, of: person, row: name), db)
            try db.execute(
                "UPDATE templates SET vector_slot = ? WHERE face_id = ? AND model_sha256 = ?", [sealed, face, model])
            try SealedBytes.free(slot, db)
            count += 1
        }
        return count
    }

    /// `nil` for what is sealed already.
    private func plain(_ content: Data?) -> Data? { content.flatMap { SealedValue.isSealed($0) ? nil : $0 } }
}
