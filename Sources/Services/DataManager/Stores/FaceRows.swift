import AIBoxAPI
import Foundation
import ServiceClients
import Storage

extension EnrolledFace {
    /// Templates of one face: one for each model that is or was in use.
    private static let templateLimit = 16
    /// Crops of nearly the same length share their slots.
    static let cropStep = 1024

    private static let select = """
        SELECT id, person_id, kind, quality, crop_slot IS NOT NULL AS has_image, created_at FROM faces
        """

    /// Returns the face as it is stored, `nil` when there is no such person. A face that is there already stays as it
    /// is: the caller has repeated a call whose answer was lost.
    ///
    /// - Parameters:
    ///   - crop: as `CropColumn` has it.
    /// - Throws: `Problem` 409 for a face of another person, and for one that was removed.
    func insert(
        _ template: FaceTemplate, crop: Data?, _ db: any SQLSession, _ cipher: GalleryCipher
    ) throws -> EnrolledFace? {
        guard try Person.exists(personID, db) else { return nil }
        if let stored = try Self.find(id, db) {
            guard stored.personID == personID else { throw Problem(409, "Conflict", detail: "Another person's face.") }
            return stored
        }
        guard try !db.exists("SELECT 1 FROM removed_faces WHERE face_id = ?", [id]) else {
            throw Problem(409, "Conflict", detail: "This face was removed.")
        }
        let crop = try crop.map { try cipher.seal($0, .crop, of: personID, row: id.bytes) }
        let insert = """
            INSERT INTO faces (id, person_id, kind, quality, crop_slot, created_at, revision)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """
        try db.execute(
            insert,
            [
                id, personID, kind.rawValue, quality, try crop.map { try SealedBytes.put($0, db) }, createdAt,
                try GalleryRevision.next(db),
            ])
        try template.insert(ofFace: id, ofPerson: personID, db, cipher)
        try EventRows.append(GalleryChanged(.faceAdded, person: personID, face: id), db)
        return try Self.find(id, db)
    }

    /// Whether there is such a face.
    static func add(
        _ template: FaceTemplate, toFace id: UUIDv7, _ db: any SQLSession, _ cipher: GalleryCipher
    ) throws -> Bool {
        guard let face = try find(id, db) else { return false }
        try db.execute("UPDATE faces SET revision = ? WHERE id = ?", [try GalleryRevision.next(db), id])
        try db.execute("DELETE FROM templates WHERE face_id = ? AND model_sha256 = ?", [id, template.modelSHA256])
        let count: Int? = try db.value("SELECT count(*) FROM templates WHERE face_id = ?", [id])
        guard count ?? 0 < templateLimit else {
            throw Problem.invalid("template", "a face has templates of at most \(templateLimit) models")
        }
        try template.insert(ofFace: id, ofPerson: face.personID, db, cipher)
        try EventRows.append(GalleryChanged(.faceUpdated, person: face.personID, face: id), db)
        return true
    }

    static func find(_ id: UUIDv7, _ db: any SQLSession) throws -> EnrolledFace? {
        let row = try db.row("\(select) WHERE id = ?", [id])
        return try row.map { try EnrolledFace(row: $0, db) }
    }

    /// Newest first; `nil`: no such person.
    static func all(ofPerson id: UUIDv7, _ db: any SQLSession) throws -> [EnrolledFace]? {
        guard try Person.exists(id, db) else { return nil }
        return try db.rows("\(select) WHERE person_id = ? ORDER BY id DESC", [id]).map { try EnrolledFace(row: $0, db) }
    }

    /// Triggers delete what belongs to the face. Returns whether there was one.
    static func delete(_ id: UUIDv7, ofPerson person: UUIDv7, _ db: any SQLSession) throws -> Bool {
        guard try db.update("DELETE FROM faces WHERE id = ? AND person_id = ?", [id, person]) > 0 else { return false }
        try EventRows.append(GalleryChanged(.faceRemoved, person: person, face: id), db)
        return true
    }

    static func crop(
        _ id: UUIDv7, ofPerson person: UUIDv7, _ db: any SQLSession, _ cipher: GalleryCipher
    ) throws -> Data? {
        let select = """
            SELECT content FROM sealed
            WHERE slot = (SELECT crop_slot FROM faces WHERE id = ? AND person_id = ?)
            """
        return try db.value(select, [id, person], as: Data.self)
            .flatMap { try cipher.open($0, .crop, of: person, row: id.bytes) }
    }

    private init(row: SQLRow, _ db: any SQLSession) throws {
        let (id, person): (UUIDv7, UUIDv7) = (try row.get("id"), try row.get("person_id"))
        let models = "SELECT DISTINCT model FROM templates WHERE face_id = ? ORDER BY model"
        guard let kind = Kind(rawValue: try row.get("kind")) else {
            throw StorageError(.damaged, "unknown kind of a face")
        }
        self.init(
            id: id, personID: person, kind: kind, quality: try row.get("quality"),
            models: try db.values(models, [id]), hasImage: try row.get("has_image"),
            createdAt: try row.get("created_at"))
    }
}

extension FaceTemplate {
    fileprivate func insert(
        ofFace id: UUIDv7, ofPerson person: UUIDv7, _ db: any SQLSession, _ cipher: GalleryCipher
    ) throws {
        let row = Self.row(face: id, modelSHA256: modelSHA256)
        let slot = try SealedBytes.put(cipher.seal(FloatBytes.data(vector), .vector, of: person, row: row), db)
        let insert = "INSERT INTO templates (face_id, model, model_sha256, vector_slot) VALUES (?, ?, ?, ?)"
        try db.execute(insert, [id, model, modelSHA256, slot])
    }

    /// The name of a template's row for `GalleryCipher`.
    static func row(face: UUIDv7, modelSHA256: String) -> [UInt8] { face.bytes + Array(modelSHA256.utf8) }
}

/// A JPEG in a slot that is longer: four bytes with its length (big endian), the JPEG, zeros.
enum CropColumn {
    static func bytes(_ jpeg: Data) -> Data {
        let length = withUnsafeBytes(of: UInt32(jpeg.count).bigEndian) { Data($0) }
        return SealedBytes.padded(length + jpeg, to: EnrolledFace.cropStep)
    }

    static func jpeg(in bytes: Data) -> Data? {
        let length = bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        let jpeg = bytes.dropFirst(4).prefix(length)
        return jpeg.count == length ? Data(jpeg) : nil
    }
}
