import AIBoxAPI
import Foundation
import GRDB
import ServiceClients

/// The count of all changes that the gallery has ever had.
enum GalleryRevision {
    static func current(_ db: Database) throws -> Int64 {
        try Int64.fetchOne(db.cachedStatement(sql: "SELECT revision FROM gallery_revision")) ?? 0
    }

    static func next(_ db: Database) throws -> Int64 {
        try db.cachedStatement(sql: "UPDATE gallery_revision SET revision = revision + 1").execute()
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

    func read(_ db: Database) throws -> GalleryChanges {
        var changes = try list(db)
        var hasMore = changes.count > limit
        if hasMore { changes.removeLast() }
        let (templates, end) = try templates(through: changes.last?.revision ?? since, db)
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
    private func list(_ db: Database) throws -> [Change] {
        let select = """
            SELECT revision, id, person_id, kind FROM faces WHERE revision > ?1
            UNION ALL SELECT revision, face_id, NULL, NULL FROM removed_faces WHERE revision > ?1
            ORDER BY revision LIMIT ?2
            """
        let rows = try Row.fetchCursor(db.cachedStatement(sql: select), arguments: [since, limit + 1])
        var changes: [Change] = []
        while let row = try rows.next() {
            let (person, kind): (UUIDv7?, String?) = (row["person_id"], row["kind"])
            changes.append(
                Change(
                    revision: row["revision"], face: row["id"],
                    owner: person.map { ($0, kind == EnrolledFace.Kind.anchor.rawValue) }))
        }
        return changes
    }

    /// The templates by the revision of their faces, and the first revision that no longer fits.
    private func templates(
        through last: Int64, _ db: Database
    ) throws -> (templates: [Int64: [FaceTemplate]], end: Int64?) {
        let select = """
            SELECT f.revision, t.model, t.model_sha256, s.content
            FROM faces AS f CROSS JOIN templates AS t ON t.face_id = f.id CROSS JOIN sealed AS s ON s.slot = t.vector_slot
            WHERE f.revision > ? AND f.revision <= ? ORDER BY f.revision
            """
        let rows = try Row.fetchCursor(db.cachedStatement(sql: select), arguments: [since, last])
        var (templates, bytes): ([Int64: [FaceTemplate]], Int) = ([:], 0)
        while let row = try rows.next() {
            let (revision, content): (Int64, Data) = (row["revision"], row["content"])
            bytes += content.count
            if bytes > byteLimit, templates[revision] == nil, !templates.isEmpty { return (templates, revision) }
            guard let vector = FloatBytes.floats(content) else {
                throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a template is no vector of finite numbers")
            }
            let template = FaceTemplate(model: row["model"], modelSHA256: row["model_sha256"], vector: vector)
            templates[revision, default: []].append(template)
        }
        return (templates, nil)
    }
}
