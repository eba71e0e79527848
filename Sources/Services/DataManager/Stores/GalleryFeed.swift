import AIBoxAPI
import Foundation
import ServiceClients
import Storage

/// The count of all changes that the gallery has ever had.
enum GalleryRevision {
    static func current(_ db: any SQLSession) throws -> Int64 {
        try db.value("SELECT revision FROM gallery_revision") ?? 0
    }

    static func next(_ db: any SQLSession) throws -> Int64 {
        try db.execute("UPDATE gallery_revision SET revision = revision + 1")
        return try current(db)
    }
}

/// One piece of the gallery's history, read in one snapshot.
///
/// A face that changed again after the reader's revision is in the feed once, at its last change; a removed face is in
/// it as removed only. So whatever the pieces are cut into, a reader who applies them in turn ends with the gallery as
/// it is, even while it changes.
struct GalleryFeed {
    /// Bytes of the vectors of one piece, unless its first face has more.
    static let byteLimit = 64 << 20

    private struct Change {
        let revision: Int64
        let face: UUIDv7
        /// `nil`: the face was removed.
        let owner: (person: UUIDv7, isAnchor: Bool)?
    }

    private let since: Int64
    private let limit: Int
    private let byteLimit: Int

    init(since: Int64, limit: Int, byteLimit: Int = Self.byteLimit) {
        (self.since, self.limit, self.byteLimit) = (since, limit, byteLimit)
    }

    func read(_ db: any SQLSession, opening cipher: GalleryCipher) throws -> GalleryChanges {
        var changes = try list(db)
        var hasMore = changes.count > limit
        if hasMore { changes.removeLast() }
        let (templates, end) = try templates(through: changes.last?.revision ?? since, db, cipher)
        if let end {
            changes.removeAll { $0.revision >= end }
            hasMore = true
        }
        let faces = changes.compactMap { change in
            change.owner.map {
                GalleryChanges.Face(
                    id: change.face, personID: $0.person, isAnchor: $0.isAnchor,
                    templates: templates[change.revision] ?? [])
            }
        }
        let revision = try hasMore ? changes.last?.revision ?? since : GalleryRevision.current(db)
        return GalleryChanges(
            revision: revision, hasMore: hasMore, faces: faces,
            removed: changes.filter { $0.owner == nil }.map(\.face))
    }

    /// One more than the piece holds, to know whether there is a next one.
    private func list(_ db: any SQLSession) throws -> [Change] {
        let select = """
            SELECT revision, id, person_id, kind FROM faces WHERE revision > ?
            UNION ALL SELECT revision, face_id, NULL, NULL FROM removed_faces WHERE revision > ?
            ORDER BY revision LIMIT ?
            """
        return try db.rows(select, [since, since, limit + 1]).map { row in
            let (person, kind): (UUIDv7?, String?) = (try row.get("person_id"), try row.get("kind"))
            return Change(
                revision: try row.get("revision"), face: try row.get("id"),
                owner: person.map { ($0, kind == EnrolledFace.Kind.anchor.rawValue) })
        }
    }

    /// The templates by the revision of their faces, and the first revision that no longer fits.
    private func templates(
        through last: Int64, _ db: any SQLSession, _ cipher: GalleryCipher
    ) throws -> (templates: [Int64: [FaceTemplate]], end: Int64?) {
        var (templates, bytes, read): ([Int64: [FaceTemplate]], Int, Int64) = ([:], 0, since)
        while read < last {
            let rows = try templateRows(after: read, through: last, db)
            guard let end: Int64 = try rows.last?.get("revision") else { break }
            for row in rows {
                // Of a person who was deleted since this snapshot nothing is left; the removal is in a later piece.
                guard let content = try vector(in: row, cipher) else { continue }
                let revision: Int64 = try row.get("revision")
                bytes += content.count
                if bytes > byteLimit, templates[revision] == nil, !templates.isEmpty { return (templates, revision) }
                templates[revision, default: []].append(try template(row, content))
            }
            read = end
        }
        return (templates, nil)
    }

    private func vector(in row: SQLRow, _ cipher: GalleryCipher) throws -> Data? {
        let name = FaceTemplate.row(face: try row.get("id"), modelSHA256: try row.get("model_sha256"))
        return try cipher.open(row.get("content"), .vector, of: row.get("person_id"), row: name)
    }

    private func template(_ row: SQLRow, _ content: Data) throws -> FaceTemplate {
        guard let vector = FloatBytes.floats(content) else {
            throw StorageError(.damaged, "a template is no vector of finite numbers")
        }
        return FaceTemplate(model: try row.get("model"), modelSHA256: try row.get("model_sha256"), vector: vector)
    }

    /// The templates of some hundred faces: what is in memory at once beside the piece itself.
    private func templateRows(after: Int64, through last: Int64, _ db: any SQLSession) throws -> [SQLRow] {
        let join = db.dialect.orderedJoin
        let select = """
            SELECT f.revision, f.id, f.person_id, t.model, t.model_sha256, s.content
            FROM (
                SELECT id, person_id, revision FROM faces WHERE revision > ? AND revision <= ?
                ORDER BY revision LIMIT 500
            ) AS f
            \(join) templates AS t ON t.face_id = f.id \(join) sealed AS s ON s.slot = t.vector_slot
            ORDER BY f.revision
            """
        return try db.rows(select, [after, last])
    }
}
