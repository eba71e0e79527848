import AIBoxAPI
import Foundation
import GRDB
import ServiceClients

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
    func insert(_ template: FaceTemplate, crop: Data?, _ db: Database) throws -> EnrolledFace? {
        guard try Person.exists(personID, db) else { return nil }
        if let stored = try Self.find(id, db) {
            guard stored.personID == personID else { throw Problem(409, "Conflict", detail: "Another person's face.") }
            return stored
        }
        let removed = try db.cachedStatement(sql: "SELECT 1 FROM removed_faces WHERE face_id = ?")
        guard try Int.fetchOne(removed, arguments: [id]) == nil else {
            throw Problem(409, "Conflict", detail: "This face was removed.")
        }
        let insert = """
            INSERT INTO faces (id, person_id, kind, quality, crop_slot, created_at, revision)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """
        try db.cachedStatement(sql: insert).execute(arguments: [
            id, personID, kind.rawValue, quality, try crop.map { try SealedBytes.put($0, db) }, createdAt,
            try GalleryRevision.next(db),
        ])
        try template.insert(ofFace: id, db)
        return try Self.find(id, db)
    }

    /// Whether there is such a face.
    static func add(_ template: FaceTemplate, toFace id: UUIDv7, _ db: Database) throws -> Bool {
        let change = try db.cachedStatement(sql: "UPDATE faces SET revision = ? WHERE id = ?")
        guard try find(id, db) != nil else { return false }
        try change.execute(arguments: [try GalleryRevision.next(db), id])
        try db.cachedStatement(sql: "DELETE FROM templates WHERE face_id = ? AND model_sha256 = ?")
            .execute(arguments: [id, template.modelSHA256])
        let count = try db.cachedStatement(sql: "SELECT count(*) FROM templates WHERE face_id = ?")
        guard try Int.fetchOne(count, arguments: [id]) ?? 0 < templateLimit else {
            throw Problem.invalid("template", "a face has templates of at most \(templateLimit) models")
        }
        try template.insert(ofFace: id, db)
        return true
    }

    static func find(_ id: UUIDv7, _ db: Database) throws -> EnrolledFace? {
        let row = try Row.fetchOne(db.cachedStatement(sql: "\(select) WHERE id = ?"), arguments: [id])
        return try row.map { try EnrolledFace(row: $0, db) }
    }

    /// Newest first; `nil`: no such person.
    static func all(ofPerson id: UUIDv7, _ db: Database) throws -> [EnrolledFace]? {
        guard try Person.exists(id, db) else { return nil }
        let faces = try db.cachedStatement(sql: "\(select) WHERE person_id = ? ORDER BY id DESC")
        return try Row.fetchAll(faces, arguments: [id]).map { try EnrolledFace(row: $0, db) }
    }

    /// Triggers delete what belongs to the face. Returns whether there was one.
    static func delete(_ id: UUIDv7, ofPerson person: UUIDv7, _ db: Database) throws -> Bool {
        try db.execute(sql: "DELETE FROM faces WHERE id = ? AND person_id = ?", arguments: [id, person])
        return db.changesCount > 0
    }

    static func crop(_ id: UUIDv7, ofPerson person: UUIDv7, _ db: Database) throws -> Data? {
        let select = """
            SELECT content FROM sealed
            WHERE slot = (SELECT crop_slot FROM faces WHERE id = ? AND person_id = ?)
            """
        return try Data.fetchOne(db.cachedStatement(sql: select), arguments: [id, person])
    }

    private init(row: Row, _ db: Database) throws {
        let (id, person): (UUIDv7, UUIDv7) = (row["id"], row["person_id"])
        let names = try db.cachedStatement(sql: "SELECT DISTINCT model FROM templates WHERE face_id = ? ORDER BY model")
        guard let kind = Kind(rawValue: row["kind"]) else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "unknown kind of a face")
        }
        self.init(
            id: id, personID: person, kind: kind, quality: row["quality"],
            models: try String.fetchAll(names, arguments: [id]), hasImage: row["has_image"],
            createdAt: row["created_at"])
    }
}

extension FaceTemplate {
    fileprivate func insert(ofFace id: UUIDv7, _ db: Database) throws {
        let slot = try SealedBytes.put(FloatBytes.data(vector), db)
        let insert = "INSERT INTO templates (face_id, model, model_sha256, vector_slot) VALUES (?, ?, ?, ?)"
        try db.cachedStatement(sql: insert).execute(arguments: [id, model, modelSHA256, slot])
    }
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
